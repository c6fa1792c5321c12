"""Notifications by e-mail: gathered for each person, outside of their quiet hours, and not what they have read.

Rows are claimed, sent and settled in one transaction a person: a worker that dies before it is over sends again, so an
e-mail may come twice after a crash, and none is lost.
"""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext, ngettext

from inbox.models import Notification
from inbox.notifying import reading
from inbox.preferences import language_of, zone_of
from people.company import company_of
from people.models import User
from people.quiet import loud_from

log = structlog.get_logger(__name__)

# Lines of one e-mail; the rest is counted.
MOST = 20
# People whom one run writes to.
_PEOPLE = 200
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
KEPT = timedelta(days=90)


def is_possible() -> bool:
    """Whether this installation can send e-mails."""
    return bool(settings.EMAIL_URL)


def send_due(now: datetime | None = None) -> int:
    """Write to everybody who is to be written to by now; returns how many e-mails left."""
    now = now or timezone.now()
    due = Notification.objects.filter(mail_after__lte=now)
    people = list(due.order_by("user").values_list("user", flat=True).distinct()[:_PEOPLE])
    return sum(_write_to(pk, now) for pk in people)


def forget(now: datetime) -> int:
    """What was told so long ago that nobody looks for it; returns how much went, a batch at a time."""
    old = Notification.objects.filter(at__lt=now - KEPT).order_by("at").values("pk")[:1000]
    return Notification.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()[0]


def send_trial(user: User) -> None:
    """An e-mail that says that e-mails arrive. Raises OSError (SMTPException is one) where the server takes none."""
    with translation.override(language_of(user)):
        subject = gettext("E-mails from SocialCRM reach you")
        text = gettext("You asked for this e-mail in your settings. Notifications will look like it.")
        _message(user, subject, text, "").send()


@transaction.atomic
def _write_to(pk: int, now: datetime) -> bool:
    user = User.objects.filter(pk=pk).first()
    mine = Notification.objects.select_for_update(skip_locked=True, of=("self",)).filter(user=pk, mail_after__lte=now)
    ids = list(mine.order_by("at", "id").values_list("pk", flat=True))
    claimed = Notification.objects.filter(pk__in=ids)
    if user is None or not user.is_active or not user.email or not is_possible():
        claimed.update(mail_after=None)
        return False
    claimed.filter(in_app=True, read_at__isnull=False).update(mail_after=None)
    wanted = claimed.filter(Q(read_at=None) | Q(in_app=False))
    if (loud := loud_from(user, now, zone_of(user))) > now:
        wanted.update(mail_after=loud)
        return False
    rows = list(wanted.order_by("-at", "-id").values(*reading.COLUMNS))
    if not rows:
        return False
    try:
        _compose(user, rows, now).send()
    except OSError as error:
        oldest = min(row["at"] for row in rows)
        wanted.update(mail_after=now + min(_LONGEST_PAUSE, max(_FIRST_PAUSE, (now - oldest) / 2)))
        log.warning("notifications_not_mailed", user=pk, error=str(error))
        return False
    wanted.update(mail_after=None, mailed_at=now)
    return True


def _compose(user: User, rows: list[dict[str, object]], now: datetime) -> EmailMultiAlternatives:
    with translation.override(language_of(user)), timezone.override(zone_of(user)):
        told = reading.told(rows[:MOST], now)
        context = {
            "lines": told,
            "more": max(0, len(rows) - MOST),
            "site": settings.SITE_URL.rstrip("/"),
            "settings_url": reverse("my_notifications"),
            "company": company_of(user).title,
        }
        subject = told[0]["text"]
        if len(rows) > 1:
            more = len(rows) - 1
            subject = ngettext("%(what)s, and %(n)s more", "%(what)s, and %(n)s more", more) % {
                "what": subject,
                "n": more,
            }
        text = render_to_string("inbox/notifications/mail.txt", context)
        html = render_to_string("inbox/notifications/mail.html", context)
    return _message(user, subject, text, html)


def _message(user: User, subject: str, text: str, html: str) -> EmailMultiAlternatives:
    address = f"{settings.SITE_URL.rstrip('/')}{reverse('my_notifications')}"
    message = EmailMultiAlternatives(
        " ".join(subject.split())[:200],
        text,
        to=[user.email],
        # Where they say which e-mails they want (RFC 2369).
        headers={"List-Unsubscribe": f"<{address}>", "Auto-Submitted": "auto-generated"},
        connection=get_connection(),
    )
    if html:
        message.attach_alternative(html, "text/html")
    return message
