"""How well messages are routed: what was decided by whom, what stayed there, and what people put right."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Count, Sum
from django.db.models.functions import TruncDate
from django.utils.translation import gettext

from inbox.models import Decision, RoutingDay
from people.models import TRIAGE, Department
from routing.decisions import NOISE
from routing.models import Example

DAYS, WEEKS = 30, 12
_ALONE = (Decision.Source.RULE, Decision.Source.CLASSIFIER, Decision.Source.BLOCK)
# Who decided: by rules (and blocks), by the open conversation, by the classifier, by people who sorted Triage.
BY = ("by-rule", "by-continuity", "by-classifier", "by-people")
_BY_SOURCE = {
    Decision.Source.RULE: "by-rule",
    Decision.Source.BLOCK: "by-rule",
    Decision.Source.CONTINUITY: "by-continuity",
    Decision.Source.CLASSIFIER: "by-classifier",
}


@dataclass(frozen=True, slots=True)
class Of:
    """One department, or what is set aside: how often it was right, and how much of what belongs there was found."""

    slug: str
    name: str
    mark: str
    decided: int
    back: int
    missed: int

    @property
    def precision(self) -> int | None:
        """Percent that stayed of what was decided to be its."""
        return round(100 * (self.decided - self.back) / self.decided) if self.decided else None

    @property
    def recall(self) -> int | None:
        """Percent that the router found of what is its."""
        found = self.decided - self.back
        return round(100 * found / (found + self.missed)) if found + self.missed else None


@dataclass(frozen=True, slots=True)
class Quality:
    """The figures of the last weeks. Shares are in percent, None where nothing was decided."""

    stayed: float | None
    unsure: float | None
    decided: int
    departments: Sequence[Of]
    weeks: Sequence[date]
    by_week: Sequence[Counter[str]]
    corrections: Sequence[int]
    moves: dict[tuple[str, str], int] = field(default_factory=dict)
    known: Sequence[tuple[str, str, str]] = ()


def load(now: datetime) -> Quality:
    """Count what the pages show. Four statements, however much was decided."""
    today = now.astimezone(UTC).date()
    monday = today - timedelta(days=today.weekday())
    weeks = [monday - timedelta(weeks=back) for back in reversed(range(WEEKS))]
    rows = list(
        RoutingDay.objects.filter(day__gte=min(weeks[0], today - timedelta(days=DAYS)))
        .values("day", "outcome", "source")
        .annotate(n=Sum("decided"), back=Sum("corrected"))
    )
    recent = [row for row in rows if row["day"] > today - timedelta(days=DAYS) and row["source"] in _ALONE]
    moved = _moved(now)
    of_today = known()
    sure = [row for row in recent if row["outcome"] != TRIAGE]
    decided, asked = sum(row["n"] for row in sure), sum(row["n"] for row in recent)
    return Quality(
        stayed=100 * (1 - sum(row["back"] for row in sure) / decided) if decided else None,
        unsure=100 * (asked - decided) / asked if asked else None,
        decided=decided,
        departments=_departments(sure, moved, of_today),
        weeks=weeks,
        by_week=_by_week(rows, weeks),
        corrections=_corrections(weeks),
        moves=_moves(recent, moved),
        known=of_today,
    )


def known() -> list[tuple[str, str, str]]:
    """Slug, name and mark of all that a message can be decided to be, Triage last."""
    found = list(Department.objects.order_by("position", "pk").values_list("slug", "name", "mark"))
    found.sort(key=lambda one: one[0] == TRIAGE)
    return [*found[:-1], (NOISE, gettext("Set aside"), "triage"), *found[-1:]]


def _moved(now: datetime) -> dict[tuple[str, str], int]:
    """How often people put what the router had said right, or confirmed it, by both answers."""
    since = now - timedelta(days=DAYS)
    found = Example.objects.filter(at__gte=since).exclude(was="").values_list("was", "department").annotate(Count("pk"))
    return {(was, to): n for was, to, n in found}


def _departments(
    sure: Iterable[Mapping[str, Any]], moved: dict[tuple[str, str], int], known: Iterable[tuple[str, str, str]]
) -> list[Of]:
    decided, back = Counter[str](), Counter[str]()
    for row in sure:
        decided[row["outcome"]] += row["n"]
        back[row["outcome"]] += row["back"]
    missed = Counter[str]()
    for (was, to), n in moved.items():
        if was != to:
            missed[to] += n
    return [
        Of(slug, name, mark, decided[slug], back[slug], missed[slug]) for slug, name, mark in known if slug != TRIAGE
    ]


def _by_week(rows: Iterable[Mapping[str, Any]], weeks: Sequence[date]) -> list[Counter[str]]:
    counts = defaultdict[date, Counter[str]](Counter)
    for row in rows:
        who = "by-people" if row["outcome"] == TRIAGE else _BY_SOURCE[row["source"]]
        counts[row["day"] - timedelta(days=row["day"].weekday())][who] += row["n"]
    return [counts[week] for week in weeks]


def _corrections(weeks: Sequence[date]) -> list[int]:
    start = datetime(weeks[0].year, weeks[0].month, weeks[0].day, tzinfo=UTC)
    days = Example.objects.filter(at__gte=start).annotate(day=TruncDate("at", tzinfo=UTC))
    counts = Counter[date]()
    for day, n in days.values_list("day").annotate(n=Count("pk")):
        counts[day - timedelta(days=day.weekday())] += n
    return [counts[week] for week in weeks]


def _moves(recent: Iterable[Mapping[str, Any]], moved: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """Where the router put messages, and where people say they belong; what nobody moved belongs where it is."""
    table = {pair: n for pair, n in moved.items() if pair[0] != pair[1]}
    stayed = Counter[str]()
    for row in recent:
        stayed[row["outcome"]] += row["n"] - row["back"]
    return table | {(slug, slug): n for slug, n in stayed.items() if n > 0}
