"""A dry run of a hundred rules over all messages of the scratch database, in one worker."""

import random
import re
import resource
import time
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.dataset import texts
from inbox.dryrun import asking, past, work
from inbox.models import DryRun
from people.models import Department, User
from routing.models import Ruleset

_RULES = 100


def dryrun(count: int) -> dict[str, Any]:
    """How long it takes, what for a hundred thousand, and how much the process has grown meanwhile."""
    user, _ = User.objects.get_or_create(username="bench", defaults={"name": "Bench", "role": User.Role.MANAGER})
    draft = Ruleset.objects.create(rules=_rules(), thresholds={"default": 0.6, "support": 0.5})
    before = _peak()
    run = asking.ask(draft, days=asking.MOST_DAYS, by=user)
    began = time.perf_counter()
    with CaptureQueriesContext(connection) as statements:
        while DryRun.objects.filter(pk=run.pk, state__in=asking.BUSY).exists():
            work.work()
    seconds = time.perf_counter() - began
    run.refresh_from_db()
    if run.state != DryRun.State.DONE:
        raise RuntimeError(run.error)
    messages = run.result["messages"]
    return {
        "messages": messages,
        "rules": _RULES,
        "would move": run.result["moved"],
        "seconds": round(seconds, 1),
        "messages/s": round(messages / seconds),
        "100,000 messages, s": round(100_000 / messages * seconds, 1),
        "statements a chunk": round(len(statements) * past.CHUNK / messages, 1),
        "grown by, MB": _peak() - before,
    }


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _rules() -> list[dict[str, Any]]:
    """Rules as managers write them: words that occur, nested, on tone, reach and network, some with patterns."""
    chooser = random.Random(11)  # noqa: S311
    words = sorted({word for text in texts() for word in re.findall(r"[a-z]{5,}", text)})
    owners = list(Department.objects.filter(slug__in=("sales", "support", "pr", "marketing")).values_list("slug"))
    return [
        {
            "id": number,
            "name": f"Rule {number}",
            "on": True,
            "conditions": _conditions(number, chooser, words),
            "actions": {"owner": chooser.choice(owners)[0], "go_on": number % 9 == 0},
        }
        for number in range(1, _RULES + 1)
    ]


def _conditions(number: int, chooser: random.Random, words: list[str]) -> dict[str, Any]:
    said = {"field": "text", "op": "contains", "value": chooser.sample(words, 5)}
    match number % 4:
        case 0:
            return {"all": [said, {"field": "sentiment", "op": "is", "value": "negative"}]}
        case 1:
            loud = {"field": "followers", "op": "at_least", "value": 50_000}
            return {"all": [loud, {"any": [said, {"field": "intent", "op": "is", "value": "press"}]}]}
        case 2:
            return {"all": [{"field": "network", "op": "in", "value": ["x", "email"]}, said]}
    one, other = chooser.sample(words, 2)
    return {"field": "text", "op": "matches", "value": rf"\b{one}\w*\s+{other}"}
