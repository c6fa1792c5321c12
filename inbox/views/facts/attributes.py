"""What is known of a person's attributes."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from contacts import values
from contacts.models import Attribute
from contacts.refused import Refused
from inbox.facts import attributes
from inbox.facts.forms import ValuesForm
from inbox.views.facts.frame import About, Dialog, done, fill, of_person
from inbox.views.frame import Request

_CHANGED = ("attributes",)


@require_http_methods(["GET", "HEAD", "POST"])
@of_person
def edit(request: Request, about: About) -> HttpResponse:
    """GET: all attributes with what shows. POST: those that say something else now; all of them, or none."""
    defined = list(Attribute.objects.order_by("position", "pk"))
    known = values.effective(defined, values.of_person(about.person))
    form = ValuesForm(known, *([request.POST] if request.method == "POST" else []))

    def act(_said: dict[str, Any]) -> HttpResponse:
        changes = form.changes()
        with transaction.atomic():
            for one in defined:
                if one.slug in changes:
                    _say(request, about, one, changes[one.slug])
        n = len(changes)
        words = ngettext("%(n)d attribute changed", "%(n)d attributes changed", n) % {"n": n}
        return done(request, about, words if n else gettext("Nothing was changed"), _CHANGED)

    hint = gettext("What was said before is kept. An empty field takes a value away.")
    return fill(request, about, form, act, Dialog(gettext("Attributes"), gettext("Save"), hint=hint))


@require_POST
@of_person
def choose(request: Request, about: About) -> HttpResponse:
    """Show another one of the values that are known."""
    asked = request.POST.get("value", "")
    if not asked.isascii() or not asked.isdecimal() or len(asked) > 18:
        raise Refused(gettext("This value is not there any more."))
    chosen = attributes.choose(about.contact, int(asked), by=request.user, at=timezone.now())
    words = gettext("%(attribute)s is shown as %(value)s") % {
        "attribute": chosen.attribute.name,
        "value": chosen.value or gettext("nothing"),
    }
    return done(request, about, words, _CHANGED)


def _say(request: Request, about: About, attribute: Attribute, text: str) -> None:
    try:
        attributes.say(about.contact, attribute, text, by=request.user, at=timezone.now())
    except Refused as error:
        raise Refused(str(error), field=f"value_{attribute.slug}") from error
