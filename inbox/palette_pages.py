"""The pages that the palette leads to, and who may open them."""

from typing import TYPE_CHECKING, NamedTuple

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from people.models import User

SETTINGS, OWN = _("Settings"), _("Your settings")


class Page(NamedTuple):
    """A page: its name, the name of its address, who opens it ("", "manager" or "admin"), and the keys that do."""

    name: "_StrPromise"
    route: str
    icon: str
    role: str = ""
    part: "_StrPromise | str" = ""
    keys: str = ""

    def allows(self, user: "User") -> bool:
        """Whether this colleague may open it."""
        return not self.role or (user.is_manager if self.role == "manager" else user.is_admin)

    def url(self) -> str:
        """Its address; empty where this installation has no such page."""
        try:
            return reverse(self.route)
        except NoReverseMatch:
            return ""


PAGES = (
    Page(_("Contacts"), "contacts", "users", keys="g c"),
    Page(_("Search everything"), "search", "search", keys="g /"),
    Page(_("Board"), "board", "square-kanban", keys="g b"),
    Page(_("Notifications"), "notifications", "bell", keys="g n"),
    Page(_("What you did"), "history", "history"),
    Page(_("People who may be the same"), "merges", "git-merge"),
    Page(_("Import people"), "imports", "upload", "manager"),
    Page(_("Profile"), "me", "user", part=OWN),
    Page(_("Keyboard"), "keyboard", "keyboard", part=OWN),
    Page(_("Change password"), "account_change_password", "lock", part=OWN),
    Page(_("Security"), "security", "shield-check", part=OWN),
    Page(_("Notifications"), "my_notifications", "bell", part=OWN),
    Page(_("Channels"), "channels", "plug", "admin", SETTINGS),
    Page(_("Ledger"), "ledger", "scale", "admin", SETTINGS),
    Page(_("Routing"), "routing", "split", "manager", SETTINGS),
    Page(_("Quality"), "quality", "trending-up", "manager", SETTINGS),
    Page(_("Products"), "products", "tag", "manager", SETTINGS),
    Page(_("Blocks"), "blocks", "circle-x", "manager", SETTINGS),
    Page(_("Deadlines"), "deadlines", "alarm-clock", "manager", SETTINGS),
    Page(_("Hours"), "hours", "calendar", "manager", SETTINGS),
    Page(_("Macros"), "macros", "zap", "manager", SETTINGS),
    Page(_("Company"), "company", "globe", "admin", SETTINGS),
    Page(_("People"), "people", "user", "manager", SETTINGS),
    Page(_("Invite somebody"), "person_invite", "user-plus", "admin", SETTINGS),
    Page(_("Departments"), "departments", "users", "manager", SETTINGS),
    Page(_("Set-up"), "welcome", "play", "admin", SETTINGS),
    Page(_("Roles"), "role_kinds", "user-check", "admin", SETTINGS),
    Page(_("Attributes"), "attribute_kinds", "tag", "admin", SETTINGS),
)
