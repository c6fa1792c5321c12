import json
from collections import Counter
from pathlib import Path

import pytest

from inbox import sample_company
from inbox.sample_history import history
from routing.conditions import check

SCRIPT = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "connectors" / "channels" / "sample" / "sample.jsonl")
    .read_text()
    .splitlines()
]


@pytest.mark.parametrize("name, slug, conditions", sample_company.RULES)
def test_its_rules_could_be_any_managers_rules(name, slug, conditions):
    check(conditions)


def test_the_history_fits_the_script():
    said = {
        row["external_id"]: row for row in SCRIPT if not row.get("trickle") and row.get("action", "create") == "create"
    }
    acts = history()
    kinds = Counter(act.do for act in acts)

    assert kinds["reply"] >= 60 and kinds["note"] >= 25 and kinds["hand_over"] >= 12
    for act in acts:
        row = said[act.on]
        assert 0 <= act.after <= row["ago"], f"{act} lies in the future"
        assert act.by in sample_company.COLLEAGUES
        assert bool(act.text) == (act.do in ("reply", "note"))
        assert bool(act.reason) == (act.do == "hand_over")
        assert bool(act.hours) == (act.do == "snooze")
        if act.do == "reply":
            limit = {"x": 280, "bluesky": 300, "mastodon": 500}.get(row["network"], 10_000)
            assert len(act.text) <= limit, f"{act.on}: {len(act.text)} characters"
            assert row["kind"] != "review", "this network takes no answers to reviews"


def test_nobody_closes_what_the_customer_goes_on_with():
    ago = {}
    for row in SCRIPT:
        if not row.get("trickle") and row.get("action", "create") == "create":
            place = (row.get("thread_id") or row["external_id"], row["author"]["external_id"])
            ago.setdefault(place, []).append(row)
    last = {rows[-1]["external_id"] for rows in ago.values()}

    assert {act.on for act in history() if act.do == "close"} <= last
