"""What keeps rules from being in force: errors, and what somebody else did meanwhile."""

import pytest

from inbox.ruling import changing, drafting
from routing import versions
from routing.models import Ruleset
from tests.inbox.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return Cast()


def rule(**actions):
    conditions = {"field": "text", "op": "contains", "value": ["brake"]}
    return {"name": "Brakes", "on": True, "conditions": conditions, "actions": actions}


def test_a_draft_with_an_error_is_not_put_in_force(cast):
    changing.add(cast.mia, None, rule(owner="legal"))
    with pytest.raises(drafting.Refused, match="“Brakes” cannot be in force: The department “legal” is not there"):
        drafting.publish(cast.mia, 1, "Recall")
    assert Ruleset.objects.get().state == "draft"


def test_a_version_that_names_what_is_gone_is_not_put_in_force_again(cast):
    versions.publish([rule(owner="legal")], {}, by=cast.mia, reason="Then")
    versions.publish([rule(owner="pr")], {}, by=cast.mia, reason="Now")
    with pytest.raises(drafting.Refused):
        drafting.roll_back(cast.mia, 1, "Back")
    assert Ruleset.objects.published().get().number == 2


def test_whoever_publishes_over_a_newer_version_is_told_once(cast):
    versions.publish([rule(owner="pr")], {}, by=cast.adam, reason="One")
    changing.add(cast.mia, None, rule(owner="support"))
    versions.publish([rule(owner="sales")], {}, by=cast.adam, reason="Two")
    with pytest.raises(drafting.Conflict, match="Adam Abt has put version 2 in force"):
        drafting.publish(cast.mia, 1, "Recall")
    version = drafting.publish(cast.mia, 1, "Recall")
    assert (version.number, version.based_on.number, len(version.rules)) == (3, 2, 2)
