"""Doorbells. Each loads by id or looks at a table, and makes one call; doing it twice does nothing twice.

What needs scikit-learn or scipy is loaded by name, by the worker that does it: every other one is spared 100 MB.
"""

from celery import shared_task
from django.utils import timezone
from django.utils.module_loading import import_string

from connectors.models import Backfill, Channel
from contacts import match
from inbox import (
    assigning,
    backfill,
    criteria,
    crm_imports,
    deadlines,
    deliver,
    drain,
    erasure,
    escalation,
    look_again,
    pull,
    routing_days,
    second_look,
    snoozing,
    sweep,
    watch,
)
from inbox.dryrun import work as dry_runs
from inbox.notifying import following, given, mailing
from socialcrm import jobs


@shared_task(name=jobs.PULL_DUE)
def pull_due() -> None:
    """Ring for every channel that is due."""
    pull.ring_due(timezone.now())


@shared_task(name=jobs.PULL)
def pull_channel(channel_id: int) -> None:
    """Pull one channel, if it still exists and is active."""
    channel = Channel.objects.filter(pk=channel_id, is_active=True).first()
    if channel is not None:
        pull.pull(channel)


@shared_task(name=jobs.DELIVER_DUE)
def deliver_due() -> None:
    """Send the replies that are due."""
    deliver.deliver_due()


@shared_task(name=jobs.DRAIN)
def drain_receipts() -> None:
    """Take in pending receipts."""
    drain.drain()


@shared_task(name=jobs.BACKFILL_DUE)
def backfill_due() -> None:
    """Ring for every back-fill that is due."""
    backfill.ring_due(timezone.now())


@shared_task(name=jobs.BACKFILL)
def work_on_backfill(backfill_id: int) -> None:
    """Work on one back-fill for a while, if it is still wanted."""
    wanted = Backfill.objects.filter(pk=backfill_id, state=Backfill.State.RUNNING, channel__is_active=True)
    found = wanted.select_related("channel").first()
    if found is not None:
        backfill.fill(found)


@shared_task(name=jobs.LOOK_AGAIN)
def look_again_at(channel_id: int | None = None) -> None:
    """Look again at a channel's messages; without one, ask for it on every channel that wants it."""
    if channel_id is None:
        look_again.ring()
        return
    channel = Channel.objects.filter(pk=channel_id, is_active=True).first()
    if channel is not None:
        look_again.look_again(channel, timezone.now())


@shared_task(name=jobs.IMPORT_CONTACTS)
def import_contacts(import_id: int | None = None) -> None:
    """Work on one import of contacts for a while; without one, ring for those that were left behind."""
    if import_id is None:
        crm_imports.ring_due(timezone.now())
    else:
        crm_imports.work(import_id)


@shared_task(name=jobs.WATCH)
def watch_channels(channel_id: int | None = None) -> None:
    """Ask a channel's network how long its access lasts; without one, listen to all and see whom to ask."""
    if channel_id is None:
        watch.watch(timezone.now())
        return
    channel = Channel.objects.filter(pk=channel_id, is_active=True).first()
    if channel is not None:
        watch.ask(channel, timezone.now())


@shared_task(name=jobs.INFLUENCE)
def rank_people(afresh: bool = False) -> None:
    """Rank people by who is listened to: all of it afresh, or where somebody has spoken since the last time."""
    import_string("contacts.ranking.rank" if afresh else "contacts.ranking.refresh")(timezone.now())


@shared_task(name=jobs.ERASE)
def erase_person(erasure_id: int) -> None:
    """Finish an erasure that somebody began."""
    erasure.work(erasure_id)


@shared_task(name=jobs.SUGGEST)
def suggest_persons() -> None:
    """Compare accounts that nobody has compared yet, for a while."""
    match.match_all()


@shared_task(name=jobs.CRITERIA)
def evaluate_criteria(everybody: bool = False) -> None:
    """Give the roles whose criteria are fulfilled: by everybody, or by who wrote since the last time."""
    if everybody:
        criteria.evaluate(timezone.now())
    else:
        criteria.evaluate_recent(timezone.now())


@shared_task(name=jobs.OPEN_HOURS)
def work_out_hours() -> None:
    """Work out ahead when calendars are open."""
    deadlines.open_hours(timezone.now())


@shared_task(name=jobs.ESCALATE)
def escalate_late() -> None:
    """Take the steps that are to be taken before and after replies are due."""
    escalation.escalate()


@shared_task(name=jobs.RESTATE)
def restate_deadlines() -> None:
    """Work out deadlines anew, where somebody changed what they rest on."""
    deadlines.work()


@shared_task(name=jobs.TRAIN)
def train_model(nightly: bool = False) -> None:
    """Do the training that somebody asked for; in the night also without being asked, if enough was put right."""
    import_string("inbox.train.nightly" if nightly else "inbox.train.work")()


@shared_task(name=jobs.SECOND_LOOK)
def look_a_second_time() -> None:
    """Look again, for a while, at what had only a quick opinion."""
    second_look.work()


@shared_task(name=jobs.ROUTING_DAYS)
def count_routing_days() -> None:
    """Count what was decided lately, and what was put right."""
    routing_days.roll_up(timezone.now())


@shared_task(name=jobs.ASSIGN)
def assign_waiting() -> None:
    """Give what waits to whoever is there."""
    assigning.give_out(timezone.now())


@shared_task(name=jobs.DRY_RUN)
def try_on_the_past() -> None:
    """Work on the dry runs that somebody asked for, for a while."""
    dry_runs.work()


@shared_task(name=jobs.WAKE)
def wake_snoozed() -> None:
    """Put back what has slept long enough."""
    snoozing.wake(timezone.now())


@shared_task(name=jobs.NOTIFY)
def notify_people() -> None:
    """Tell what was given to people and the news of what they follow, and send the e-mails that are due."""
    given.tell_given()
    following.tell_news()
    mailing.send_due()


@shared_task(name=jobs.SWEEP)
def sweep_all() -> None:
    """Look after what was left behind."""
    sweep.sweep(timezone.now())
