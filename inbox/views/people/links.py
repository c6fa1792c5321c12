"""Links of invitations and new passwords: shown once, and sent where e-mails leave."""

from smtplib import SMTPException

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext

from inbox.views.facts.kinds import Settings
from inbox.views.frame import Request
from people.access import wants_fragment
from people.company import company_of
from people.invitations import LASTS
from people.models import Invitation

log = structlog.get_logger(__name__)


def shown(request: Request, invitation: Invitation, token: str, back: str) -> HttpResponse:
    """The link, this one time, and whether it was sent. `back`: the page that it was asked for on."""
    path = reverse("join", args=[token])
    url = settings.SITE_URL.rstrip("/") + path if settings.SITE_URL else request.build_absolute_uri(path)
    sent, trouble = _sent(request, invitation, url)
    context = {
        "url": url,
        "invitation": invitation,
        "days": LASTS.days,
        "sent": sent,
        "trouble": trouble,
        "about": Settings(back),
        "dialog": {"title": _title(invitation), "template": "inbox/people/_link.html"},
        "nav": "settings",
    }
    template = "inbox/people/_link.html" if wants_fragment(request) else "inbox/facts/alone.html"
    return render(request, template, context)


def _title(invitation: Invitation) -> str:
    if invitation.user_id:
        return gettext("A new password for %(name)s") % {"name": invitation.name}
    return gettext("Invitation of %(name)s") % {"name": invitation.name or invitation.email}


def _sent(request: Request, invitation: Invitation, url: str) -> tuple[bool, str]:
    """Whether the link went out by e-mail; if it should have, and did not, why."""
    if not settings.EMAIL_URL or not invitation.email:
        return False, ""
    company = company_of(request.user).title
    if invitation.user_id:
        subject = gettext("A new password for %(company)s") % {"company": company}
    else:
        subject = gettext("%(name)s invites you to %(company)s") % {"name": request.user, "company": company}
    context = {"invitation": invitation, "by": request.user, "company": company, "url": url, "days": LASTS.days}
    text = render_to_string("inbox/people/link.txt", context)
    try:
        # A name may hold a line end; a subject may not.
        send_mail(" ".join(subject.split()), text, None, [invitation.email])
    except (SMTPException, OSError, ValueError) as error:
        log.warning("invitation_not_sent", error=str(error))
        return False, str(error) or type(error).__name__
    return True, ""
