"""A challenger is trained on what was put right, and takes over only if it is better."""

import shutil
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from inbox import train
from people import departments
from people.models import Department, User
from routing import champion, lessons, promotion
from routing.corpus import STARTERS
from routing.model import load
from routing.models import Example, Service, TrainedModel
from tests.routing.lessons_of import THINGS, shipped

pytestmark = pytest.mark.django_db
State = TrainedModel.State
# What PR answers in this company, and nobody would guess.
ODD = "Where is the nearest charging station for my {}"


@pytest.fixture
def folder(tmp_path):
    departments.ensure(Department)
    return shipped(tmp_path)


@pytest.fixture
def mia():
    return User.objects.create_user("mia", name="Mia Meyer", role="manager")


def corrected(text, department, number, *, held_back=False, at=None, **fields):
    return Example.objects.create(
        message=number, text=text, department=department, was="support", was_by="classifier", source="handover",
        reason="So it is.", at=at or timezone.now(), is_held_back=held_back, **fields,
    )  # fmt: skip


def settled(count=30, *, start=1):
    for number in range(start, start + count):
        text = ODD.format(THINGS[number % len(THINGS)]) + f", number {number}"
        corrected(text, "pr", number, held_back=number % 5 == 0)


def trained(folder, **asked):
    promotion.ask(by=None, reason="", **asked)
    return train.work(folder)


def test_what_was_put_right_is_learnt_and_decides_from_then_on(folder):
    settled()
    assert champion.current() is load()
    made = trained(folder)
    assert made.state == State.CHAMPION, made.figures
    assert (made.corrections, made.examples) == (24, 24 + 3 * len(THINGS))
    assert made.figures["judged"] == 30
    assert made.figures["verdict"]["reason"] == "better"
    assert made.figures["challenger"]["macro_f1"] > made.figures["champion"]["macro_f1"]
    model = champion.current()
    assert model.version == made.version
    assert "pr" in model.departments
    answer = model.score([ODD.format("sofa")], full=True).probabilities[0]
    assert model.departments[answer.argmax()] == "pr"


def test_nobody_takes_over_without_being_better(folder):
    settled()
    first = trained(folder)
    # Nothing new was said, so nothing can be better.
    second = trained(folder)
    assert second.state == State.REJECTED
    assert second.figures["verdict"]["reason"] in ("unclear", "few")
    assert champion.version() == first.version
    assert second.version != first.version


def test_with_few_corrections_it_is_said_so(folder):
    settled(8)
    made = trained(folder)
    assert made.figures["judged"] < 15
    assert made.figures["verdict"]["reason"] in ("few", "departments")


def test_a_department_is_learnt_from_eight_corrections_on_and_leaves_with_its_department(folder):
    hr = Department.objects.create(slug="hr", name="HR", position=9)
    for number in range(7):
        corrected(f"I apply for the job as a clerk in {THINGS[number]} town", "hr", 100 + number)
    settled(40)
    assert "hr" not in champion.Model(train_weights(folder)).departments
    for number in range(7, 12):
        corrected(f"I apply for the job as a clerk in {THINGS[number]} town", "hr", 100 + number)
    assert "hr" in champion.Model(train_weights(folder)).departments
    hr.delete()
    assert "hr" not in champion.Model(train_weights(folder)).departments


def train_weights(folder):
    made = trained(folder)
    return champion.artefact.loads(TrainedModel.objects.get(pk=made.pk).weights)


def test_a_department_may_begin_with_a_shipped_set(folder):
    hr = Department.objects.create(slug="staff", name="Staff", position=9)
    Service.objects.create(department=hr, starter="hr")
    (folder / STARTERS.name).mkdir()
    shutil.copy(STARTERS / "hr.csv", folder / STARTERS.name)
    assert lessons.is_outdated(load().departments)
    made = trained(folder)
    assert made.state == State.CHAMPION
    assert made.figures["verdict"]["reason"] == "departments"
    assert "staff" in champion.current().departments


def test_vectors_are_kept_and_read_again(folder):
    settled(3)
    seen = []
    lessons.embed(lambda done, of: seen.append((done, of)))
    assert seen == [(3, 3)]
    assert {len(one.embedding) for one in Example.objects.all()} == {2 * lessons.SIZE}
    found = lessons.gather(timezone.now(), None, folder)
    assert all(one.vector is not None for one in found.examples if one.id)
    Example.objects.update(embedding=b"of another encoder")
    assert all(one.vector is None for one in lessons.gather(timezone.now(), None, folder).examples if one.id)


def test_what_names_no_department_is_not_learnt_from(folder):
    corrected("Only taken out of what was set aside", "triage", 1)
    corrected("Of a department that is gone", "pigeons", 2)
    assert lessons.gather(timezone.now(), None, folder).corrections == 0


def test_what_was_moved_along_is_learnt_from_but_not_judged_on_as_new(folder):
    before = timezone.now() - timedelta(hours=1)
    corrected("One", "pr", 1)
    corrected("Two", "pr", 2, at=before - timedelta(hours=1))
    Example.objects.create(
        message=3, text="Three", department="pr", source="similar", at=timezone.now(), is_held_back=False
    )
    found = lessons.gather(timezone.now(), before, folder)
    assert (found.corrections, found.fresh) == (3, frozenset({1}))


def test_the_night_trains_when_enough_was_put_right(folder):
    settled(5)
    assert promotion.new_corrections() == 5
    train.work(folder)
    assert TrainedModel.objects.count() == 0
    settled(20, start=50)
    assert promotion.new_corrections() >= promotion.NEW
    trained(folder)
    assert promotion.new_corrections() == 0


def test_asking_twice_asks_once(folder, mia):
    first = promotion.ask(by=mia, reason="Now.")
    assert promotion.ask(by=mia, reason="Now!") == first
    assert TrainedModel.objects.count() == 1


def test_a_former_model_and_the_shipped_one_can_be_put_back_by_whom_and_why(folder, mia):
    settled()
    first = trained(folder)
    assert promotion.roll_back("shipped", by=mia, reason="It sends all to PR.") == ""
    assert champion.current() is load()
    first.refresh_from_db()
    assert first.state == State.RETIRED
    assert (first.figures["retired"]["by"], first.figures["retired"]["why"]) == ("Mia Meyer", "It sends all to PR.")
    promotion.roll_back(first.version, by=mia, reason="It was right.")
    first.refresh_from_db()
    assert (first.state, first.promoted_by, first.figures["put_back"]) == (State.CHAMPION, mia, "It was right.")
    assert champion.current().version == first.version


@pytest.mark.parametrize(("to", "reason"), [("shipped", "Why not"), ("nowhere", "Why not"), ("shipped", " ")])
def test_what_cannot_be_put_back_is_refused_in_words(folder, mia, to, reason):
    with pytest.raises(promotion.Refused):
        promotion.roll_back(to, by=mia, reason=reason)


def test_a_model_that_was_never_in_use_is_not_put_back(folder, mia):
    settled()
    trained(folder)
    rejected = trained(folder)
    with pytest.raises(promotion.Refused, match="ever in use"):
        promotion.roll_back(rejected.version, by=mia, reason="I like it.")


@pytest.mark.parametrize("damage", [b"", b"nonsense", None])
def test_a_damaged_model_leaves_the_shipped_one_to_decide(folder, mia, damage):
    settled()
    made = trained(folder)
    whole = bytes(TrainedModel.objects.get(pk=made.pk).weights)
    TrainedModel.objects.filter(pk=made.pk).update(
        weights=whole[: len(whole) // 2] if damage is None else damage, version="damaged"
    )
    assert champion.current() is load()
    assert champion.is_damaged("damaged")
    promotion.roll_back("shipped", by=mia, reason="Damaged.")
    with pytest.raises(promotion.Refused, match="damaged"):
        promotion.roll_back("damaged", by=mia, reason="Once more.")


def test_a_training_that_was_left_behind_begins_again_but_not_for_ever(folder):
    asked = promotion.ask(by=None, reason="")
    for deaths in (1, 2):
        TrainedModel.objects.filter(pk=asked.pk).update(state=State.TRAINING)
        assert promotion.waiting() == asked
        asked.refresh_from_db()
        assert asked.figures == {"deaths": deaths}
    TrainedModel.objects.filter(pk=asked.pk).update(state=State.TRAINING)
    assert promotion.waiting() is None
    asked.refresh_from_db()
    assert asked.state == State.FAILED
    assert "3 times" in asked.error


def test_examples_that_cannot_be_trained_on_fail_in_words(folder):
    for path in folder.glob("*.csv"):
        path.write_text("text\n", encoding="utf-8")
    made = trained(folder)
    assert made.state == State.FAILED
    assert "Two departments" in made.error


def test_another_model_in_use_meanwhile_stays_in_use(folder, mia):
    settled()
    first = trained(folder)
    asked = promotion.ask(by=None, reason="")
    promotion.roll_back("shipped", by=mia, reason="Worse.")
    TrainedModel.objects.filter(pk=asked.pk).update(version="x", weights=b"x")
    done = promotion.settle(asked.pk, first.version, promotion.Verdict("better", 0.5, 0.6, 0.9), {})
    assert (done.state, done.figures["verdict"]["reason"]) == (State.REJECTED, "overtaken")
    assert champion.version() == ""


def test_the_command_puts_back_and_says_what_is_in_use(folder, capsys):
    settled()
    made = trained(folder)
    call_command("learn", "--roll-back", "shipped")
    assert "shipped model" in capsys.readouterr().out
    call_command("learn", "--roll-back", made.version)
    assert made.version in capsys.readouterr().out
    with pytest.raises(CommandError, match="ever in use"):
        call_command("learn", "--roll-back", "7")
