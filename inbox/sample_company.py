"""The invented company of the sample workspace: who works there, by which rules, and the channel it listens on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import timezone

from connectors.models import Channel, Pull
from connectors.registry import connector_for
from inbox.models import Conversation
from people import departments
from people.models import Department, User
from routing import versions
from routing.rules import published

CHANNEL = "Sample networks"
# Nobody real has an address there, so no username of the sample can be anybody else's.
DOMAIN = "halden.example"
# Moves what the router has sent to the wrong desk.
DISPATCHER = "dimitra"

AGENT, MANAGER = User.Role.AGENT, User.Role.MANAGER

# short name → name, role, departments
COLLEAGUES: Mapping[str, tuple[str, User.Role, tuple[str, ...]]] = {
    "amara": ("Amara Okafor", AGENT, ("sales",)),
    "maria": ("Maria Lindqvist", AGENT, ("sales",)),
    "sam": ("Sam Achterberg", AGENT, ("sales",)),
    # Whoever calls the tow truck sells nothing, but sees the sale through.
    "jonas": ("Jonas Weber", AGENT, ("support", "sales")),
    "klara": ("Klara Wójcik", AGENT, ("support",)),
    "nadia": ("Nadia Rahimi", AGENT, ("support",)),
    "tomasz": ("Tomasz Zieliński", AGENT, ("support",)),
    "haruto": ("佐藤 晴斗", AGENT, ("support",)),
    "rafael": ("Rafael Duarte", AGENT, ("pr",)),
    "leila": ("Leïla Benali", AGENT, ("marketing",)),
    "dimitra": ("Δήμητρα Παππά", MANAGER, ("support", "pr")),
    "reem": ("ريم الخطيب", MANAGER, ("sales", "marketing")),
}


class CannotLoad(Exception):
    """The sample could not be loaded; the text says why and what to do. Nothing of it is left behind."""


@dataclass(frozen=True, slots=True)
class Member:
    """A colleague of the sample, with the departments that they work in, the first one being home."""

    user: User
    departments: tuple[Department, ...]

    def works_in(self, department: Department) -> bool:
        """Whether they may act there without anybody's leave."""
        return self.user.is_manager or department in self.departments

    def belongs_to(self, conversation: Conversation) -> bool:
        """Whether it is theirs to work on: at home, or where a person has put it among their departments."""
        home = conversation.department == self.departments[0]
        return home or self.user.is_manager or (conversation.moved_by_hand and self.works_in(conversation.department))


Cast = Mapping[str, Member]


def _text(*phrases: str) -> dict[str, Any]:
    return {"field": "text", "op": "contains", "value": list(phrases)}


_JOURNALISTS = ("Whitlock", "AutoTest mit Kalle", "Delacroix-Moreau", "Consumer Watch", "Radio Innbogen")

# name, department, conditions as in routing/conditions.py
RULES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "Stranded on the road: Support first",
        "support",
        {"all": [_text("broke down", "broken down", "tow truck", "liegen geblieben", "Abschleppwagen", "remorquage")]},
    ),
    (
        "Journalists about brakes",
        "pr",
        {
            "all": [
                {"field": "author", "op": "contains", "value": list(_JOURNALISTS)},
                _text("brake", "brakes", "Bremswarnung", "Bremswarnungen", "freins", "freinage"),
            ]
        },
    ),
    (
        "Fleets and tenders",
        "sales",
        {"all": [_text("fleet leasing", "request for quotation", "tender for", "Carsharing", "Flottenleasing")]},
    ),
    (
        "#haldenweekend",
        "marketing",
        # Who tags everybody takes no part.
        {"all": [_text("#haldenweekend"), {"none": [_text("#giveaway", "#follow4follow")]}]},
    ),
)


def hire() -> Cast:
    """Create the colleagues. Nobody can log in as them: they have no password. Raises CannotLoad."""
    departments.ensure(Department)
    by_slug = {department.slug: department for department in Department.objects.all()}
    cast = {}
    for short, (name, role, slugs) in COLLEAGUES.items():
        user, made = User.objects.get_or_create(
            username=f"{short}@{DOMAIN}", defaults={"name": name, "role": role, "is_sample": True}
        )
        if made:
            user.set_unusable_password()
            user.save(update_fields=["password"])
        if not user.is_active:
            raise CannotLoad(
                f"{user.name} ({user.username}) stayed from an earlier sample, deactivated. Activate them."
            )
        user.departments.add(*(by_slug[slug] for slug in slugs))
        cast[short] = Member(user, tuple(by_slug[slug] for slug in slugs))
    return cast


def lay_down_rules() -> None:
    """Publish the rules, after those that the managers have."""
    now = published()
    ours = [
        {"name": name, "on": True, "conditions": conditions, "actions": {"owner": slug}, "is_sample": True}
        for name, slug, conditions in RULES
    ]
    versions.publish([*now.written, *ours], now.thresholds, by=None, reason="Sample data")


def open_channel() -> Channel:
    """Connect the sample network. Raises CannotLoad where another channel has its name."""
    if Channel.objects.filter(name=CHANNEL).exists():
        raise CannotLoad(f"Another channel is called “{CHANNEL}”. Rename it.")
    channel = Channel.objects.create(
        network="sample",
        name=CHANNEL,
        settings={"trickle_seconds": settings.SAMPLE_TRICKLE_SECONDS},
        is_sample=True,
        connected_at=timezone.now(),
    )
    channel.account = connector_for(channel).verify()
    channel.save(update_fields=["account"])
    Pull.objects.create(channel=channel, next_at=timezone.now())
    return channel
