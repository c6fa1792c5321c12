"""A company connects all that it has, hears a customer everywhere, answers her, loses one access, and leaves again.

Through the doors that people use: commands as processes of their own, pages, and what networks post to us, over HTTP.
"""

import html
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import requests
from django.core.cache import cache
from django.utils import timezone

from inbox.deliver import deliver_due
from inbox.look_again import look_again
from inbox.models import Conversation, Message
from people import departments
from people.models import Department
from tests.connectors.mails import post
from tests.journeys import metas, others
from tests.journeys import networks as seen
from tests.journeys.company import Company
from tests.journeys.networks import Network, Reply
from tests.servers import bluesky, feed, mastodon, meta, outlet, x

SITE = "https://inbox.halden.example"
AUDIENCES = {"mastodon": "unlisted", "instagram": "Dana alone", "email": "dana@cust.test"}
ALARM = r'<div class="banner is-(warn|bad)">'


@pytest.fixture
def company(process_env: dict[str, str], live_server: Any, settings: Any) -> Iterator[Company]:
    cache.clear()
    departments.ensure(Department)
    settings.OUTBOUND_ALLOW, settings.UNDO_SECONDS, settings.SITE_URL = ["127.0.0.0/8"], 0, SITE
    env = process_env | {"OUTBOUND_ALLOW": "127.0.0.0/8", "SITE_URL": SITE}
    with ExitStack() as stack:
        graph = stack.enter_context(meta.serving())
        networks: list[Network] = [
            seen.OnX(stack.enter_context(x.serving())),
            seen.OnMastodon(stack.enter_context(mastodon.serving())),
            seen.OnBluesky(stack.enter_context(bluesky.serving())),
            metas.OnFacebook(graph),
            metas.OnInstagram(graph),
            others.InABlog(stack.enter_context(feed.serving())),
            others.AtTheHelpDesk(stack.enter_context(outlet.serving(""))),
            others.ByMail(stack.enter_context(post())),
        ]
        yield Company(networks, env, live_server.url)


def test_the_whole_life_of_a_company_s_channels(company: Company) -> None:
    adam_signs_in_at_mastodon(company)
    adam_fills_in_the_form_of_the_help_desk(company)
    adam_fills_in_the_forms_of_some_more(company)
    adam_connects_the_others_on_the_command_line(company)
    questions = dana_asks_on_every_network(company)
    alice_sees_who_asks_what_and_about_what(company)
    alice_answers_and_every_network_has_it_once(company, questions)
    dana_corrects_herself_and_takes_something_back(company)
    one_network_ends_our_access_and_the_others_go_on(company)
    everybody_is_told_of_it(company)
    adam_repairs_it_and_what_was_missed_comes_in(company)
    all_is_well(company)
    the_books_add_up(company)
    adam_disconnects_everything_and_history_stays(company)


def adam_signs_in_at_mastodon(company: Company) -> None:
    one = company["mastodon"]
    sign_in(company, one, "/settings/channels/new/mastodon/")
    assert len(one.access()) == 1


def sign_in(company: Company, one: Network, form: str) -> None:
    """From our form to their page, and back with what they send along."""
    entered = {"do": "sign-in", "name": one.name, "base_url": one.base_url}
    leaves = company.adam.post(form, entered).content.decode()
    address = html.unescape(re.findall(rf'href="({one.base_url}[^"]*)"', leaves)[0])
    back = requests.get(address, allow_redirects=False, timeout=10).headers["Location"]
    assert back.startswith(f"{SITE}/settings/channels/callback/?")
    page = company.adam.get(back.removeprefix(SITE), follow=True)
    assert f"{one.name} is connected" in page.content.decode()


def adam_fills_in_the_form_of_the_help_desk(company: Company) -> None:
    one = company["webhook"]
    shown = company.adam.post("/settings/channels/new/webhook/", {"name": one.name}).content.decode()
    copied = dict(re.findall(r'<code id="copy-(\w+)"[^>]*>([^<]+)</code>', shown))
    assert copied["webhook"] == f"{SITE}/webhooks/{company.channel(one).uuid}/"
    one.server.secret = copied["secret"]
    assert copied["secret"] not in company.adam.get(company.page_of(one)).content.decode()
    company.adam.post(company.page_of(one), {"name": one.name, "field_reply_url": one.server.url})
    assert company.channel(one).settings["reply_url"] == one.server.url
    assert one.server.tests


def adam_fills_in_the_forms_of_some_more(company: Company) -> None:
    for one in (company["bluesky"], company["instagram"], company["feed"]):
        fields = {f"field_{name}": value for name, value in (one.settings | one.credentials).items()}
        entered = {"name": one.name, "base_url": one.base_url, **fields}
        page = company.adam.post(f"/settings/channels/new/{one.network}/", entered, follow=True)
        assert page.status_code == 200, one.network
        shown = html.unescape(page.content.decode())
        assert f"{one.name} is saved" in shown
        assert not [secret for secret in one.credentials.values() if secret in shown]


def adam_connects_the_others_on_the_command_line(company: Company) -> None:
    left = [company[network] for network in ("x", "facebook", "email")]

    def connect(one: Network) -> str:
        where = ["--base-url", one.base_url] if one.base_url else []
        words = ["connect_channel", one.network, one.name, *where, "--settings", json.dumps(one.settings)]
        return company.manage(*words, "--credentials", "-", given=json.dumps(one.credentials))

    with ThreadPoolExecutor(2) as pool:
        for one, said in zip(left, pool.map(connect, left), strict=True):
            assert said.startswith(f"Connected {one.name}")
            assert (f"Webhooks go to {SITE}/webhooks/" in said) == one.tells, said
            assert said.endswith("sends them there.\n") == one.tells, said
            assert not [secret for secret in one.credentials.values() if secret in said]


def dana_asks_on_every_network(company: Company) -> dict[str, str]:
    """Some networks tell at once; the others are asked. What both bring comes in once."""
    asked = {one.network: one.write(one.question) for one in company.networks}
    for one in company.networks:
        if one.tells:
            delivery = one.told(asked[one.network])
            forged = seen.Delivery(delivery.body + b" ", delivery.headers)
            assert company.deliver(one, forged) == 403
            assert company.texts(one) == []
            assert company.deliver(one, delivery) == 200
            assert company.texts(one) == [one.question]
    company.manage("pull")
    assert {one.network: company.texts(one) for one in company.networks} == {
        one.network: [one.question] for one in company.networks
    }
    return asked


def alice_sees_who_asks_what_and_about_what(company: Company) -> None:
    rows = html.unescape(company.alice.get("/inbox/").content.decode())
    for one in company.networks:
        assert one.question in rows, one.network
        page = html.unescape(company.alice.get(conversation(one)).content.decode())
        assert one.question in page
        assert f"<bdi>{one.knows}</bdi>" in page, one.network
        assert one.about in page, one.network
        face = Message.objects.get(channel__network=one.network).identity
        assert (f"/media/avatar/{face.pk}/" in page) == one.has_face, one.network
        # Nobody's browser learns where a picture lies, and no network who looks at it.
        assert not face.avatar_url or face.avatar_url not in page
        assert bool(face.avatar_url) == one.has_face
    blog = Message.objects.get(channel__network="feed").identity
    assert company.alice.get(f"/media/avatar/{blog.pk}/")["Content-Type"] == "image/webp"


def conversation(one: Network) -> str:
    """The page of Dana's question."""
    found = Message.objects.filter(channel__network=one.network, direction="in").earliest("pk")
    return f"/inbox/open/c/{found.conversation_id}/"


def alice_answers_and_every_network_has_it_once(company: Company, questions: dict[str, str]) -> None:
    for one in company.networks:
        pk = Conversation.objects.get(channel__network=one.network).pk
        words = {"mode": "reply", "text": f"On Monday, {one.label}.", "click": str(uuid4())}
        # Whoever clicks twice sends once.
        answers = [company.alice.post(f"/c/{pk}/reply/", words, headers={"HX-Request": "true"}) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200 if one.can_reply else 422] * 2, one.network
    while deliver_due():
        pass
    for one in company.networks:
        audience = AUDIENCES.get(one.network, "everybody")
        wanted = [Reply(f"On Monday, {one.label}.", questions[one.network], audience)] if one.can_reply else []
        assert one.replies() == wanted, one.network


def dana_corrects_herself_and_takes_something_back(company: Company) -> None:
    for one in company.networks:
        look_again(company.channel(one), timezone.now())
    typos, regrets = _written(company, "I live in Olso."), _written(company, "You are all wrong.")
    company.manage("pull")
    for one in company.networks:
        told = [one.edit(typos[one.network], "I live in Oslo.") if one.edits else None]
        told += [one.delete(regrets[one.network]) if one.deletes else None]
        for delivery in filter(None, told):
            assert company.deliver(one, delivery) == 200
    company.manage("pull", company["feed"].name)
    for one in company.networks:
        look_again(company.channel(one), timezone.now() + timedelta(hours=3))
        wanted = [one.question, "I live in Oslo." if one.edits else "I live in Olso."]
        wanted += [] if one.deletes else ["You are all wrong."]
        assert company.texts(one) == wanted, one.network


def _written(company: Company, text: str) -> dict[str, str]:
    """Dana writes the same everywhere; what is told is delivered."""
    written = {one.network: one.write(text) for one in company.networks}
    for one in company.networks:
        if one.tells:
            assert company.deliver(one, one.told(written[one.network])) == 200
    return written


def the_books_add_up(company: Company) -> None:
    rows = {row["channel"]: row for row in json.loads(company.manage("ledger", "--json"))}
    for one in company.networks:
        row = rows[one.name]
        settled = [row[name] for name in ("stored", "edited", "deleted", "duplicate", "rejected", "quarantined")]
        assert (row["received"], row["pending"]) == (sum(settled), 0), row
        assert (row["edited"], row["deleted"]) == (int(one.edits), int(one.deletes)), row
        assert (row["rejected"], row["quarantined"]) == (0, 0), row
        assert row["stored"] == Message.objects.filter(channel__network=one.network, direction="in").count(), row


def all_is_well(company: Company) -> None:
    rows = json.loads(company.manage("channels", "--json"))
    assert len(rows) == len(company.networks)
    assert [(row["name"], row["signs"], row["error"]) for row in rows if row["level"] or row["error"]] == []
    assert not re.search(ALARM, company.adam.get("/inbox/").content.decode())
    assert all((row["subscribed_at"] is not None) == (row["network"] in ("x", "facebook", "instagram")) for row in rows)


def one_network_ends_our_access_and_the_others_go_on(company: Company) -> None:
    company["mastodon"].access().clear()
    written = _written(company, "Is anybody there?")
    said = company.manage("pull", code=1)
    assert "Halden on Mastodon: The access token is invalid" in said
    heard = {one.network for one in company.networks if "Is anybody there?" in company.texts(one)}
    assert heard == written.keys() - {"mastodon"}


def everybody_is_told_of_it(company: Company) -> None:
    one = company["mastodon"]
    banner = company.adam.get("/inbox/").content.decode()
    assert re.search(
        rf'banner is-bad.*{one.name}.*access token is invalid.*href="{company.page_of(one)}">Repair', banner, re.S
    )
    for client in (company.adam, company.alice):
        page = client.get(conversation(one)).content.decode()
        assert f"{one.name} does not work" in page
    assert not re.search(ALARM, company.alice.get("/inbox/").content.decode())
    assert f"{company['x'].name} does not work" not in company.alice.get(conversation(company["x"])).content.decode()


def adam_repairs_it_and_what_was_missed_comes_in(company: Company) -> None:
    one = company["mastodon"]
    before = list(Message.objects.filter(channel__network="mastodon").values_list("pk", "conversation", "text"))
    channel = company.channel(one)
    assert "Repair" in company.adam.get(company.page_of(one)).content.decode()
    sign_in(company, one, company.page_of(one))
    company.manage("pull")
    after = list(Message.objects.filter(channel__network="mastodon").values_list("pk", "conversation", "text"))
    assert company.channel(one) == channel
    assert set(before) < set(after)
    assert company.texts(one)[-1] == "Is anybody there?"
    assert f"{one.name} does not work" not in company.alice.get(conversation(one)).content.decode()


def adam_disconnects_everything_and_history_stays(company: Company) -> None:
    before = sorted(Message.objects.values_list("pk", "text"))
    for one in company.networks:
        assert one.access() is None or one.access(), one.network
        page = company.adam.post(f"{company.page_of(one)}disconnect/", follow=True)
        assert f"{one.name} is disconnected" in html.unescape(page.content.decode())
        assert not one.access(), one.network
        if one.tells:
            assert company.deliver(one, one.told(one.write("Hello?"))) == 404
    assert sorted(Message.objects.values_list("pk", "text")) == before
    for one in company.networks:
        assert one.question in html.unescape(company.alice.get(conversation(one)).content.decode())
    assert company.adam.get("/settings/channels/").content.decode().count("Disconnected") >= len(company.networks)
