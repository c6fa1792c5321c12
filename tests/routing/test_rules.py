import pytest

from routing import versions
from routing.rulebook import RuleSpec
from routing.rules import published

pytestmark = pytest.mark.django_db

CONDITIONS = {"field": "text", "op": "contains", "value": "invoice"}


def rule(name, owner, *contributors, on=True):
    actions = {"owner": owner, "contributors": list(contributors)}
    return {"name": name, "on": on, "conditions": CONDITIONS, "actions": actions}


def publish(*rules):
    return versions.publish(rules, {}, by=None, reason="")


def test_rules_come_in_the_managers_order_without_those_that_are_off():
    version = publish(
        rule("Asleep", "legal", on=False), rule("First", "finance", "billing", "legal"), rule("Second", "legal")
    )
    found = published()
    assert (found.ruleset, found.number) == (version.pk, 1)
    assert found.rules == (
        RuleSpec(2, "First", CONDITIONS, "finance", ("billing", "legal")),
        RuleSpec(3, "Second", CONDITIONS, "legal"),
    )


def test_a_version_follows_the_one_before_and_rules_keep_their_numbers():
    first = publish(rule("One", "legal"), rule("Two", "legal"))
    second = publish(first.rules[1], rule("Three", "legal"))
    first.refresh_from_db()
    assert (first.state, second.number) == ("retired", 2)
    assert [one["id"] for one in second.rules] == [2, 3]
    assert published().ruleset == second.pk


def test_the_number_of_statements_does_not_depend_on_the_number_of_rules(django_assert_max_num_queries):
    publish(*[rule("Rule", "legal", "finance") for _ in range(5)])
    with django_assert_max_num_queries(1):
        assert len(published().rules) == 5
