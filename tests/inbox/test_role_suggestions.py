import pytest
from django.utils import timezone

from contacts.models import Role, RoleKind
from contacts.refused import Refused
from inbox import role_suggestions
from inbox.models import Event, RoleSuggestion
from tests.inbox.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return Cast()


@pytest.fixture
def suggestion(cast):
    kind, _ = RoleKind.objects.get_or_create(slug="critic", defaults={"name": "Critic"})
    conversation = cast.asks(cast.dana[0], "Never again")
    return RoleSuggestion.objects.create(
        identity=cast.dana[0], kind=kind, message=conversation.messages.get(), rule=7, reason="Angry", at=timezone.now()
    )


def test_what_is_accepted_is_a_role_since_the_message_with_its_reason(cast, suggestion):
    assert list(role_suggestions.of_person(cast.dana[0].contact_id)) == [suggestion]
    role = role_suggestions.accept(suggestion.pk, by=cast.alice, at=timezone.now())
    assert (role.kind.slug, role.since, role.by) == ("critic", suggestion.message.posted_at, cast.alice)
    assert role.reason == "Suggested by the rule “Angry”"
    assert Event.objects.get(kind="role_given").actor == cast.alice
    assert not role_suggestions.of_person(cast.dana[0].contact_id)


def test_what_is_rejected_gives_no_role(cast, suggestion):
    role_suggestions.reject(suggestion.pk, by=cast.bob)
    suggestion.refresh_from_db()
    assert (suggestion.state, suggestion.by) == ("rejected", cast.bob)
    assert not Role.objects.exists()


@pytest.mark.parametrize("answered", [True, False])
def test_an_answer_is_given_once(cast, suggestion, answered):
    role_suggestions.reject(suggestion.pk, by=cast.bob)
    with pytest.raises(Refused, match="answered this already" if answered else "not there any more"):
        role_suggestions.accept(suggestion.pk + (not answered), by=cast.alice, at=timezone.now())
    assert not Role.objects.exists()


def test_a_role_that_the_person_has_by_now_leaves_the_suggestion_as_it_was(cast, suggestion):
    now = timezone.now()
    Role.objects.create(contact=cast.dana[0].contact, kind=suggestion.kind, since=now, source="person")
    with pytest.raises(Refused):
        role_suggestions.accept(suggestion.pk, by=cast.alice, at=now)
    suggestion.refresh_from_db()
    assert suggestion.state == "open"
