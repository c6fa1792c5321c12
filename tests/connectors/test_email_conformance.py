from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.channels.email.connector import Email
from tests.connectors.conformance import Bench, Conformance
from tests.connectors.mails import KEY, Post, mail, post, told

USER = "support@brand.test"


@pytest.fixture
def servers(loopback: None) -> Iterator[Post]:
    with post() as running:
        yield running


class TestEmail(Conformance):
    """With tokens, as at Google; the login with a password is in the other files."""

    kind = Email

    @pytest.fixture
    def bench(self, servers: Post) -> Bench:
        world, oauth = servers.world, servers.oauth
        world.keeps_sent = True
        now = datetime.now(UTC)
        for n in range(60):
            at = now - timedelta(hours=n + 1)
            servers.arrives(mail(f"Question {n}", sender=f"User {n} <user{n}@cust.test>", at=at), at)
        older = now - timedelta(days=30)
        servers.arrives(mail("An old one", at=older), older)
        tokens = oauth.tokens(USER)
        credentials = {
            "client_secret": "its-secret",
            "reply_key": KEY,
            "access_token": tokens["access_token"],
            "refresh_token": tokens["refresh_token"],
            "access_token_until": (now + timedelta(hours=1)).isoformat(),
        }
        account = servers.account(login="google", credentials=credentials)
        items = [item for page in Email(account).history(now - timedelta(days=60), {}) for item in page.items]
        ids = {item.external_id for item in items}

        def refuse() -> None:
            world.tokens.clear()

        return Bench(
            account=account,
            expected={item.external_id for item in items if item.text != "An old one"},
            refuse=refuse,
            break_down=servers.break_down,
            lose_answer=lambda: servers.smtp.faults.add("lose", "DATA", count=1),
            replies=lambda: len(world.sent),
            past=(now - timedelta(days=60), ids),
            expire=refuse,
        )


def test_a_channel_with_a_password_works_alike(servers: Post) -> None:
    servers.arrives(mail())
    connector = servers.connector()
    assert connector.verify() == USER
    assert [item.text for item in told(connector)] == ["Hello, my order did not arrive."]
    for step in connector.steps():
        step.run()
    assert replace(servers.account()).credentials["password"] not in repr(connector)
