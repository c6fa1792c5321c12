"""What a colleague can be told: one table that the matrix, the bell, the page and the e-mails read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from people.models import User

APP, MAIL = "app", "mail"
MEDIA: Mapping[str, Any] = {APP: _("In the app"), MAIL: _("By e-mail")}


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing to be told. `one` and `many` are sentences about one conversation and about `n` of them."""

    title: Any
    one: Any
    many: Any
    icon: str
    media: tuple[str, ...]
    # Does not wait whether it is read in the app first.
    is_urgent: bool = False


KINDS: Mapping[str, Kind] = {
    "assigned": Kind(
        _("Something is assigned to me"),
        _("%(actor)s assigned %(name)s to you"),
        _("%(actor)s assigned %(n)s conversations to you"),
        "user-plus",
        (APP, MAIL),
    ),
    "mentioned": Kind(
        _("Somebody calls upon me in a note"),
        _("%(actor)s mentioned you about %(name)s"),
        _("%(actor)s mentioned you %(n)s times"),
        "message-square",
        (APP, MAIL),
    ),
    "handed_over": Kind(
        _("Something is handed over to my department"),
        _("%(actor)s handed %(name)s over to %(department)s"),
        _("%(actor)s handed %(n)s conversations over to %(department)s"),
        "arrow-right-left",
        (APP,),
    ),
    "asked": Kind(
        _("My department is asked to take part"),
        _("%(actor)s asks %(department)s to take part: %(name)s"),
        _("%(actor)s asks %(department)s to take part in %(n)s conversations"),
        "users",
        (APP,),
    ),
    "due": Kind(
        _("A reply is due soon, or late"),
        _("The reply to %(name)s is due soon, or late"),
        _("%(n)s replies are due soon, or late"),
        "alarm-clock",
        (APP, MAIL),
        is_urgent=True,
    ),
    "reply": Kind(
        _("A reply of mine did not leave"),
        _("Your reply to %(name)s did not leave"),
        _("%(n)s of your replies did not leave"),
        "circle-alert",
        (APP, MAIL),
        is_urgent=True,
    ),
    "followed": Kind(
        _("News from what I follow"),
        _("%(name)s, whom you follow, has news"),
        _("%(n)s conversations that you follow have news"),
        "eye",
        (APP,),
    ),
}


def wants(user: "User", kind: str) -> tuple[str, ...]:
    """By which media somebody is told of a kind: as they chose, else as everybody is."""
    chosen = user.notify.get(kind) if isinstance(user.notify, dict) else None
    return tuple(one for one in MEDIA if one in chosen) if isinstance(chosen, list) else KINDS[kind].media
