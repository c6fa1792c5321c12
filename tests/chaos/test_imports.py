"""A worker killed anywhere in an import of contacts, or in its undoing, loses and doubles nothing."""

import random

import pytest
from django.db import connections

from contacts import merge
from contacts.crm import importing, steps, undoing  # noqa: F401 - declare their places
from contacts.models import AttributeValue, Contact, Identity, Import, ImportedRow, Merge, Tag
from inbox.models import Event
from socialcrm import crash
from tests.chaos.test_pull import workers
from tests.contacts.sheets_of import table, uploaded
from tests.inbox.cast import Cast

ROWS = 4_900
TAKING = ["import.before_commit", "import.after_commit"]


@pytest.fixture
def ready(transactional_db):
    cast = Cast()
    Identity.objects.filter(pk=cast.dana[2].pk).update(external_id="p1@example.org", email="p1@example.org")
    header = ("Id", "Name", "E-Mail", "City", "Tags")
    rows = [(n % 4_800, f"Person {n}", f"p{n}@example.org", "Porto", "fair") for n in range(ROWS)]
    source = uploaded(table(header, *rows))
    Import.objects.filter(pk=source.pk).update(state="queued")
    return source


def check(source):
    """Every row once, what it says once, one event for each. Raises AssertionError otherwise."""
    source.refresh_from_db()
    assert (source.state, source.done, source.rows) == ("done", ROWS, ROWS)
    counts = {name: n for name, n in source.counts["taken"].items() if n}
    assert counts == {"created": 4_800, "rejected": 100, "merged": 1}
    assert sorted(ImportedRow.objects.values_list("line", flat=True)) == list(range(2, ROWS + 2))
    assert Contact.objects.filter(source_import=source).count() == 4_800
    assert AttributeValue.objects.count() == Tag.objects.count() == 4_800
    assert Event.objects.filter(kind="imported").count() == 4_800
    assert Merge.objects.filter(undone_at=None).count() == 1
    assert merge.inconsistencies() == []


def gone(source):
    source.refresh_from_db()
    assert source.state == "undone"
    assert (source.counts["undo"]["removed"], source.counts["undo"]["kept"]) == (4_800, 0)
    assert not Contact.objects.filter(source_import=source).exists()
    assert not AttributeValue.objects.exists()
    assert not Tag.objects.exists()
    assert not Merge.objects.filter(undone_at=None).exists()
    assert merge.inconsistencies() == []


def test_kills_at_random_in_an_import_and_in_its_undoing_lose_and_double_nothing(ready, process_env):
    chooser = random.Random(5)
    landed = 0
    with workers(process_env) as order:
        for _ in range(5):
            landed += order(**{"import": ready.pk}, kill_after=chooser.uniform(0.05, 0.3))["killed"]
        while order(**{"import": ready.pk})["status"] != 0:
            Import.objects.get(pk=ready.pk, state="running")
        check(ready)
        assert landed >= 2
        steps.take_back(ready)
        for _ in range(5):
            order(**{"import": ready.pk}, kill_after=chooser.uniform(0.05, 0.3))
        while order(**{"import": ready.pk})["status"] != 0:
            Import.objects.get(pk=ready.pk, state="undoing")
    gone(ready)
    connections.close_all()


def test_a_death_at_each_place_loses_nothing(ready, process_env):
    with workers(process_env) as order:
        for place in TAKING:
            assert order(**{"import": ready.pk}, crash_at=place)["status"] == 137
        assert order(**{"import": ready.pk})["status"] == 0
        check(ready)
        steps.take_back(ready)
        for _ in range(2):
            assert order(**{"import": ready.pk}, crash_at="import.undone_before_commit")["status"] == 137
        assert order(**{"import": ready.pk})["status"] == 0
    gone(ready)


def test_every_place_on_the_way_is_tried():
    names = {name for name in crash.declared() if name.startswith("import.")}
    assert names == {*TAKING, "import.undone_before_commit"}
