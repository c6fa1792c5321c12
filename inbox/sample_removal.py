"""Taking the sample workspace away: everything that is sample, and nothing else."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from connectors.models import Channel, Pull
from contacts.merge import unlink
from contacts.models import Contact, Identity, Merge, Relationship
from inbox import live, sample_desk, tally
from inbox.models import Conversation, Event, Message, Note, RoutingDay
from people.models import User
from routing import versions
from routing.models import Example, Ruleset
from routing.rules import published
from socialcrm import jobs


@dataclass(slots=True)
class Removed:
    """What went, by model label, and the colleagues who stay because they have worked outside the sample."""

    rows: Counter[str] = field(default_factory=Counter)
    kept: list[str] = field(default_factory=list)


def remove() -> Removed:
    """Remove the sample's channel with all that hangs on it, its customers, rules and colleagues. Twice is once."""
    _call_workers_off()
    removed = Removed()
    with transaction.atomic():
        channels = list(Channel.objects.select_for_update().filter(is_sample=True))
        identities = _identities_only_of(channels)
        contacts = _contacts_of(identities)
        # Conversations protect their identity, identities protect their contact.
        # What was learnt of it knows messages by their numbers only.
        said = Message.objects.filter(channel__in=channels)
        _delete(Example.objects.filter(message__in=said.values("pk")), removed)
        _delete(Channel.objects.filter(pk__in=[channel.pk for channel in channels]), removed)
        _delete(Identity.objects.filter(pk__in=identities), removed)
        _delete(Contact.objects.filter(pk__in=_left_alone(contacts)), removed)
        for at_hand in sample_desk.left_as_made():
            _delete(at_hand, removed)
        _withdraw_rules(removed)
        colleagues = User.objects.filter(is_sample=True)
        staying = _at_work_elsewhere(colleagues)
        removed.kept = sorted(str(user) for user in colleagues.filter(pk__in=staying))
        _delete(colleagues.exclude(pk__in=staying), removed)
        live.changed(channels=[channel.pk for channel in channels])
        if channels:
            # Counted anew without it.
            RoutingDay.objects.all().delete()
            jobs.ring(jobs.ROUTING_DAYS)
    tally.fold()
    return removed


def _withdraw_rules(removed: Removed) -> None:
    """Publish what the managers have written without the sample's rules, and take those out of their draft.

    Versions in which nothing else ever stood are removed.
    """
    now = published()
    own = [rule for rule in now.written if not rule.get("is_sample")]
    if own and len(own) < len(now.written):
        versions.publish(own, now.thresholds, by=None, reason="Sample data removed")
    for version in Ruleset.objects.select_for_update():
        left = [rule for rule in version.rules if not rule.get("is_sample")]
        if version.rules and not left:
            removed.rows.update({"routing.Ruleset": 1})
            version.delete()
        elif version.state == Ruleset.State.DRAFT:
            version.rules, version.revision = left, version.revision + 1
            version.save(update_fields=["rules", "revision", "updated_at"])


def _call_workers_off() -> None:
    """A worker that is pulling the sample right now may not write its page any more, and no other one begins."""
    Pull.objects.filter(channel__is_sample=True).update(fence=F("fence") + 1, next_at=None)
    Channel.objects.filter(is_sample=True).update(is_active=False)


def _identities_only_of(channels: Sequence[Channel]) -> list[int]:
    """Identities that came with the sample and that nothing else knows: no other channel, no other person."""
    since = Channel.objects.filter(pk__in=[channel.pk for channel in channels]).aggregate(at=Min("created_at"))["at"]
    if since is None:
        return []
    there = set(Identity.objects.filter(conversations__channel__in=channels).values_list("pk", flat=True))
    # Those whom the sample's people only speak of, and who never wrote anywhere.
    spoken_of = Identity.objects.filter(relationships_in__source__in=there, conversations=None)
    there.update(spoken_of.values_list("pk", flat=True))
    elsewhere = Conversation.objects.filter(identity=OuterRef("pk")).exclude(channel__in=channels)
    ours = set(
        Identity.objects.filter(pk__in=there, created_at__gte=since)
        .exclude(Exists(elsewhere))
        .values_list("pk", flat=True)
    )
    # Whoever a stranger to the sample speaks to, or of, is known outside of it.
    edges = Relationship.objects.filter(Q(source__in=ours) | Q(target__in=ours)).values_list("source", "target")
    return sorted(ours.difference(*(edge for edge in edges if not there.issuperset(edge))))


def _contacts_of(identities: Sequence[int]) -> set[int]:
    """The contacts that stand for these accounts, and those that they came with."""
    pairs = Identity.objects.filter(pk__in=identities).values_list("contact", "home")
    return {contact for pair in pairs for contact in pair if contact}


def _left_alone(contacts: Collection[int]) -> list[int]:
    """Those of these contacts that have no account of their own any more, separated from what they were merged with."""
    kept = Identity.objects.filter(Q(contact__in=contacts, home=None) | Q(home__in=contacts))
    alone = sorted(set(contacts).difference(kept.values_list(Coalesce("home", "contact"), flat=True)))
    merges = Merge.objects.filter(Q(part__in=alone) | Q(into__in=alone), undone_at=None)
    unlink(list(merges.values_list("pk", flat=True)), by=None, at=timezone.now())
    return alone


def _at_work_elsewhere(colleagues: QuerySet[User]) -> set[int]:
    """Sample colleagues whom somebody works as: who logged in, or who left traces where the sample's own are gone."""
    staying = set(colleagues.exclude(last_login=None).values_list("pk", flat=True))
    traces = (
        Conversation.objects.filter(assignee__in=colleagues).values_list("assignee", flat=True),
        Message.objects.filter(author__in=colleagues).values_list("author", flat=True),
        Note.objects.filter(author__in=colleagues).values_list("author", flat=True),
        Event.objects.filter(actor__in=colleagues).values_list("actor", flat=True),
    )
    for trace in traces:
        staying.update(trace.distinct())
    return staying


def _delete(rows: QuerySet[Any], removed: Removed) -> None:
    removed.rows.update({label: count for label, count in rows.delete()[1].items() if count})
