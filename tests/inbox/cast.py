"""The cast: alice and bob in Support, carol in Sales, mia manages all, adam administers, charlie works elsewhere.

dana is a customer with three identities. Rows are written directly: what these tests look at is pages.
"""

import itertools
from datetime import timedelta

from django.utils import timezone

from connectors.models import Channel, Pull
from contacts.models import Contact, Identity
from contacts.names import fold
from inbox import events
from inbox.models import Conversation, Decision, Message
from people import departments
from people.models import Department, Membership, User

PASSWORD = "correct horse battery"
ROLES = {
    "alice": ("agent", "support"),
    "bob": ("agent", "support"),
    "carol": ("agent", "sales"),
    "charlie": ("agent", "marketing"),
    "mia": ("manager", ""),
    "adam": ("admin", ""),
}
NAMES = {"alice": "Alice Arnold", "bob": "Bob Brandt", "carol": "Carol Costa", "mia": "Mia Meyer", "adam": "Adam Abt"}
_count = itertools.count(1)


class Cast:
    """The people, a channel, and a way to make customers say things."""

    def __init__(self, network="sample"):
        departments.ensure(Department)
        self.departments = {one.slug: one for one in Department.objects.all()}
        self.users = {}
        for username, (role, department) in ROLES.items():
            user = User.objects.create_user(username, PASSWORD, name=NAMES.get(username, username.title()), role=role)
            if department:
                Membership.objects.create(user=user, department=self.departments[department])
            self.users[username] = user
        self.channel = Channel.objects.create(network=network, name=f"Our {network}", account="@us")
        Pull.objects.create(channel=self.channel, state=Pull.State.OK)
        self.dana = self.contact("Dana Whitlock", "x", "instagram", "email")

    def __getattr__(self, name):
        try:
            return self.__dict__["users"][name]
        except KeyError:
            raise AttributeError(name) from None

    def contact(self, name, *networks):
        """Somebody with an identity on each network; returns the identities."""
        now = timezone.now()
        contact = Contact.objects.create(name=name, sort_key=fold(name), created_at=now)
        return [
            Identity.objects.create(
                contact=contact,
                network=network,
                external_id=f"{network}-{next(_count)}",
                name=name,
                handle=fold(name).replace(" ", "_"),
                search_key=fold(f"{name} {name.replace(' ', '_')}"),
                seen_at=now,
                created_at=now,
            )
            for network in networks or ("x",)
        ]

    def asks(
        self, identity=None, text="My car does not start.", *, department="support", ago=10, state="open", **fields
    ):
        """A conversation with its first message, so many minutes ago."""
        identity = identity or self.contact(f"Customer {next(_count)}")[0]
        at = timezone.now() - timedelta(minutes=ago)
        owner = self.departments[department]
        conversation = Conversation.objects.create(
            channel=self.channel,
            identity=identity,
            thread_id=f"thread-{next(_count)}",
            department=owner,
            state=state,
            snippet=text[:200],
            last_message_at=at,
            last_inbound_at=at,
            waiting_since=at,
            due_at=at + timedelta(minutes=owner.reply_minutes) if state == "open" else None,
            snoozed_until=timezone.now() + timedelta(days=1) if state == "snoozed" else None,
            created_at=at,
            **fields,
        )
        self.says(conversation, text, at=at)
        return conversation

    def like(self, conversation, number, **fields):
        """So many more conversations like this one, without messages, written at once."""
        copied = {f.attname: getattr(conversation, f.attname) for f in Conversation._meta.concrete_fields} | fields
        del copied["id"]
        return Conversation.objects.bulk_create(
            Conversation(**{**copied, "thread_id": f"thread-{next(_count)}"}) for _ in range(number)
        )

    def says(self, conversation, text, *, at=None, direction="in", author=None, **fields):
        """One more message in a conversation."""
        at = at or timezone.now()
        message = Message.objects.create(
            channel=self.channel,
            conversation=conversation,
            identity=conversation.identity,
            direction=direction,
            kind="mention",
            external_id=f"m-{next(_count)}",
            text=text,
            author=author,
            posted_at=at,
            created_at=at,
            version_at=at,
            **fields,
        )
        events.record(
            [
                events.Entry(
                    kind="message",
                    channel_id=self.channel.pk,
                    identity_id=conversation.identity_id,
                    conversation_id=conversation.pk,
                    message_id=message.pk,
                    actor_id=author.pk if author else None,
                    at=at,
                )
            ]
        )
        return message

    def decided(self, message, outcome="support", **fields):
        """What the router said about a message."""
        values = {
            "source": Decision.Source.CLASSIFIER,
            "confidence": 0.91,
            "runner_up": "sales",
            "threshold": 0.55,
            "probabilities": {"support": 0.91, "sales": 0.07},
            "evidence": [
                {"kind": "term", "term": "does not start", "department": "support", "weight": 1.32},
                {"kind": "term", "term": "new car", "department": "support", "weight": -0.4},
            ],
            "version": "test",
            "at": timezone.now(),
        } | fields
        return Decision.objects.create(message=message, channel=self.channel, outcome=outcome, **values)
