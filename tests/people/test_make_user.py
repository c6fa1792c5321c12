import io
import sys

import pytest
from django.core.management import CommandError, call_command

from people import departments
from people.invite import CannotInvite, invite
from people.models import Department, User

PASSWORD = "moss-green-touring-5"


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def workspace(db):
    departments.ensure(Department)


@pytest.fixture
def make_user(monkeypatch):
    def run(*arguments, stdin=f"{PASSWORD}\n"):
        monkeypatch.setattr(sys, "stdin", stdin if hasattr(stdin, "isatty") else io.StringIO(stdin))
        out, err = io.StringIO(), io.StringIO()
        call_command("make_user", *arguments, stdout=out, stderr=err)
        return out.getvalue()

    return run


def test_a_colleague_can_log_in_with_the_first_line_of_standard_input(make_user):
    told = make_user(
        "alice", "--role", "agent", "--department", "support", "--department", "sales", stdin=f"{PASSWORD}\nmore\n"
    )

    alice = User.objects.get(username="alice")
    assert alice.check_password(PASSWORD)
    assert alice.role == "agent"
    assert alice.name == "alice"
    assert not alice.is_sample
    assert set(alice.departments.values_list("slug", flat=True)) == {"support", "sales"}
    assert PASSWORD not in told


def test_a_password_with_spaces_at_its_ends_and_a_windows_line_end_stays_what_it_is(make_user):
    make_user("alice", "--role", "agent", stdin="  зелёный мох 5 \r\n")

    assert User.objects.get(username="alice").check_password("  зелёный мох 5 ")


@pytest.mark.parametrize("stdin", [Terminal(), ""], ids=["at a terminal", "with nothing to read"])
def test_a_password_is_made_and_printed_once_when_none_is_given(make_user, stdin):
    told = make_user("mia", "--role", "manager", "--name", "Μία  Παππά", stdin=stdin)

    password = told.split("Password: ")[1].split()[0]
    mia = User.objects.get(username="mia")
    assert mia.check_password(password)
    assert mia.name == "Μία Παππά"
    assert mia.is_manager
    assert told.count(password) == 1


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["bob", "--role", "boss"], ["boss", "agent, manager, admin"]),
        (["bob", "--role", "agent", "--department", "legal"], ["legal", "support", "sales"]),
        (["two words", "--role", "agent"], ["two words", "Letters, digits"]),
        (["", "--role", "agent"], ["username", "blank"]),
        (["b" * 151, "--role", "agent"], ["username", "150"]),
        (["bob", "--role", "agent", "--name", "n" * 151], ["name", "150"]),
    ],
)
def test_what_cannot_be_used_is_named_with_the_remedy(make_user, arguments, named):
    with pytest.raises(CommandError) as refused:
        make_user(*arguments)

    assert all(each in str(refused.value) for each in named)
    assert not User.objects.exists()


@pytest.mark.parametrize("password", ["tiny7", "password123", "wilhelmina1", ""])
def test_a_weak_password_is_refused_without_being_repeated(make_user, password):
    with pytest.raises(CommandError, match="wilhelmina.* is too weak") as refused:
        make_user("wilhelmina", "--role", "agent", stdin=f"{password}\n")

    assert not password or f" {password}" not in str(refused.value)
    assert not User.objects.exists()


@pytest.mark.parametrize("again", ["alice", "Alice", "ａｌｉｃｅ"])
def test_a_username_that_is_taken_is_refused_however_it_is_written(make_user, again):
    make_user("alice", "--role", "agent")

    with pytest.raises(CommandError, match="is taken. Choose another username"):
        make_user(again, "--role", "admin")

    assert User.objects.get().role == "agent"


@pytest.mark.parametrize(
    ("username", "name", "password"),
    [("eve\0", "", PASSWORD), ("eve", "E\0ve", PASSWORD), ("eve", "\udce9ve", PASSWORD), ("eve", "", "\udce9" * 12)],
)
def test_bytes_that_are_no_text_are_refused(username, name, password):
    with pytest.raises(CannotInvite, match="UTF-8"):
        invite(username, role="agent", name=name, password=password)

    assert not User.objects.exists()
