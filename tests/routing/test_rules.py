import pytest

from people.models import Department
from routing.models import Rule
from routing.rulebook import RuleSpec
from routing.rules import published

pytestmark = pytest.mark.django_db

CONDITIONS = {"field": "text", "op": "contains", "value": "invoice"}


@pytest.fixture
def departments():
    slugs = ("legal", "finance", "billing")
    return {slug: Department.objects.create(slug=slug, name=slug.title()) for slug in slugs}


def make(departments, position, name, department, *contributors, is_active=True):
    rule = Rule.objects.create(
        position=position, name=name, conditions=CONDITIONS, department=departments[department], is_active=is_active
    )
    rule.contributors.set(departments[slug] for slug in contributors)
    return rule


def test_rules_come_in_the_managers_order_without_the_inactive(departments):
    second = make(departments, 2, "Second", "legal")
    first = make(departments, 1, "First", "finance", "legal", "billing")
    make(departments, 0, "Asleep", "legal", is_active=False)
    assert published() == (
        RuleSpec(first.pk, "First", CONDITIONS, "finance", ("billing", "legal")),
        RuleSpec(second.pk, "Second", CONDITIONS, "legal"),
    )


def test_the_number_of_statements_does_not_depend_on_the_number_of_rules(departments, django_assert_max_num_queries):
    for position in range(5):
        make(departments, position, "Rule", "legal", "finance")
    with django_assert_max_num_queries(2):
        assert len(published()) == 5
