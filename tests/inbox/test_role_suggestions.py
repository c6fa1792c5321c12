import pytest
from django.test import Client
from django.urls import reverse
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


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def test_the_card_and_the_persons_page_ask_whether_it_is_so(cast, suggestion):
    alice, person = client_of(cast.alice), cast.dana[0].contact_id
    asked = reverse("contact_suggested_roles", args=[person])
    assert asked in alice.get(reverse("contact", args=[person])).content.decode()
    conversation = suggestion.message.conversation_id
    assert (
        f"{asked}?conversation={conversation}"
        in alice.get(reverse("conversation", args=["open", conversation])).content.decode()
    )
    shown = alice.get(asked, {"conversation": conversation}).content.decode()
    assert "Critic" in shown and "Rule “Angry”" in shown and reverse("short", args=[conversation]) in shown
    client = client_of(cast.mia)
    assert client.post(reverse("role_suggestion", args=[suggestion.pk]), {"answer": "yes"}).status_code == 302
    role = Role.objects.get()
    assert (role.by, role.evidence["conversation"]) == (cast.mia, conversation)
    assert alice.get(asked).content.decode().strip() == ""


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_with_htmx_the_roles_and_what_is_left_to_answer_are_swapped(cast, suggestion, answer):
    alice, conversation = client_of(cast.alice), suggestion.message.conversation_id
    said = {"answer": answer, "conversation": conversation}
    url = reverse("role_suggestion", args=[suggestion.pk])
    swapped = alice.post(url, said, headers={"HX-Request": "true"}).content.decode()
    assert f'hx-target="#suggested-{conversation}"' in swapped and 'hx-target="#facts-roles"' in swapped
    assert Role.objects.exists() == (answer == "yes")
    again = alice.post(url, said, headers={"HX-Request": "true"})
    assert again.status_code == 409 and "answered this already" in again.content.decode()


@pytest.mark.parametrize("said", [{}, {"answer": "\0"}, {"answer": "perhaps"}])
def test_an_answer_is_one_of_two(cast, suggestion, said):
    answered = client_of(cast.alice).post(
        reverse("role_suggestion", args=[suggestion.pk]), said, headers={"HX-Request": "true"}
    )
    assert answered.status_code == 422
    suggestion.refresh_from_db()
    assert suggestion.state == "open"
