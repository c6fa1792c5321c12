"""A worker killed anywhere in a training leaves the model in use as it was, and the next one begins again."""

import random

import pytest
from django.db import connections

from people import departments
from people.models import Department
from routing import champion, learn, promotion  # noqa: F401 - declares its places
from routing.models import TrainedModel
from socialcrm import crash
from tests.chaos.test_pull import workers
from tests.routing.lessons_of import shipped
from tests.routing.test_learn import settled

State = TrainedModel.State


@pytest.fixture
def folder(transactional_db, tmp_path):
    departments.ensure(Department)
    settled()
    return shipped(tmp_path)


def test_a_death_at_each_place_changes_nothing_and_the_next_worker_begins_again(folder, process_env):
    places = sorted(name for name in crash.declared() if name.startswith("learn."))
    assert len(places) == 3
    with workers(process_env) as order:
        for place in places:
            asked = promotion.ask(by=None, reason=place)
            assert order(train=str(folder), crash_at=place)["status"] == 137
            assert TrainedModel.objects.get(pk=asked.pk).state == State.TRAINING
            assert TrainedModel.objects.filter(state=State.CHAMPION).count() <= 1
            assert order(train=str(folder))["status"] == 0
            asked.refresh_from_db()
            assert asked.state in (State.CHAMPION, State.REJECTED)
    assert TrainedModel.objects.filter(state=State.CHAMPION).count() == 1
    assert champion.current().version == champion.version()
    connections.close_all()


def test_kills_at_random_end_in_one_model(folder, process_env):
    chooser = random.Random(7)
    asked = promotion.ask(by=None, reason="")
    with workers(process_env) as order:
        for _ in range(2):
            order(train=str(folder), kill_after=chooser.uniform(0.05, 0.6))
        order(train=str(folder))
    asked.refresh_from_db()
    assert asked.state in (State.CHAMPION, State.REJECTED)
    assert not TrainedModel.objects.filter(state=State.TRAINING).exists()
    connections.close_all()
