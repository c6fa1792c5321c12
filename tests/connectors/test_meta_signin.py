"""Signing in at Meta, what the token is good for, and how long."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.channels.meta import Facebook, Instagram
from connectors.http import session
from connectors.protocol import Account, ConnectorError, Grant
from tests.servers.meta import Server, serving
from tests.servers.meta_world import APP, APP_SECRET, IG, PAGE, PAGE_TOKEN, USER_TOKEN

GRANT = Grant(callback="https://crm.example/settings/channels/callback/", state="state-1", verifier="v" * 43)
KEYS = {"app_secret": APP_SECRET, "verify_token": "verify-me"}
WITH_TOKEN = KEYS | {"access_token": PAGE_TOKEN}


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8"]
    with serving() as running:
        yield running


def connected(kind: Any, server: Server, keys: Mapping[str, str] = WITH_TOKEN, **settings: str) -> Any:
    return kind(
        Account(
            network=kind.network,
            name="Halden",
            base_url=server.url,
            settings={"app_id": APP} | settings,
            credentials=keys,
        )
    )


def signed_in(connector: Any) -> Mapping[str, str]:
    """Through Meta's dialog and back, as a browser goes."""
    answer = session(redirects=1).get(connector.authorization(GRANT), allow_redirects=False)
    back = urlsplit(answer.headers["Location"])
    query = parse_qs(back.query)
    assert f"{back.scheme}://{back.netloc}{back.path}" == GRANT.callback
    assert query["state"] == [GRANT.state]
    credentials: Mapping[str, str] = connector.redeem(query["code"][0], GRANT)
    return credentials


@pytest.mark.parametrize("kind", [Facebook, Instagram])
def test_signing_in_ends_with_the_token_of_the_page_alone(kind: Any, server: Server) -> None:
    connector = connected(kind, server, KEYS)
    assert signed_in(connector) == {"access_token": PAGE_TOKEN}
    fresh = kind(replace(connector.account, credentials=KEYS | {"access_token": PAGE_TOKEN}))
    assert fresh.verify() == ("@halden" if kind is Instagram else "Halden Bikes")


def test_s33_the_least_is_asked_for() -> None:
    common = {"pages_show_list", "pages_read_engagement", "pages_manage_metadata"}
    page = {"pages_read_user_content", "pages_manage_engagement", "pages_messaging"}
    gram = {"instagram_basic", "instagram_manage_comments", "instagram_manage_messages"}
    assert set(Facebook.scopes) == common | page
    assert set(Instagram.scopes) == common | gram
    for kind in (Facebook, Instagram):
        assert kind.guide is not None
        assert [name for name, _ in kind.guide.permissions] == list(kind.scopes)


def test_the_dialog_is_metas_own_and_asks_with_state_and_scopes() -> None:
    account = Account(network="facebook", name="F", base_url="", settings={"app_id": APP}, credentials=KEYS)
    address = urlsplit(Facebook(account).authorization(GRANT))
    assert f"{address.scheme}://{address.netloc}{address.path}" == "https://www.facebook.com/v26.0/dialog/oauth"
    query = parse_qs(address.query)
    assert query["scope"] == [",".join(Facebook.scopes)]
    assert (query["state"], query["redirect_uri"], query["client_id"]) == (["state-1"], [GRANT.callback], [APP])
    assert APP_SECRET not in address.query


@pytest.mark.parametrize("kind", [Facebook, Instagram])
def test_facebook_login_for_business_is_asked_with_its_configuration_in_place_of_permissions(kind: Any) -> None:
    """Without one its dialog says “It looks like this app isn't available”; the configuration holds the permissions."""
    settings = {"app_id": APP, "config_id": " 1234 "}
    account = Account(network=kind.network, name="F", base_url="", settings=settings, credentials=KEYS)
    query = parse_qs(urlsplit(kind(account).authorization(GRANT)).query)
    assert query["config_id"] == ["1234"]
    assert "scope" not in query
    assert query["response_type"] == ["code"]
    assert "config_id" in [field.name for field in kind.fields]


def test_without_the_app_nobody_can_sign_in(server: Server) -> None:
    for keys, settings in (({}, {"app_id": APP}), (KEYS, {"app_id": ""})):
        with pytest.raises(ConnectorError, match="app's id and secret") as caught:
            connected(Facebook, server, keys, **settings).authorization(GRANT)
        assert caught.value.permanent


def test_of_several_pages_one_has_to_be_chosen(server: Server) -> None:
    gram = {"id": "17841", "username": "halden_outlet"}
    other = {"id": "777", "name": "Halden Outlet", "access_token": "other-token"}
    server.world.pages.append(other | {"instagram_business_account": gram})
    server.world.pages.append({"id": "778", "name": "Without token"})
    with pytest.raises(ConnectorError) as caught:
        signed_in(connected(Facebook, server, KEYS))
    assert f"Halden Bikes: {PAGE}; Halden Outlet: 777; Without token: 778" in caught.value.message
    assert "Page id" in caught.value.remedy
    assert caught.value.permanent
    assert signed_in(connected(Facebook, server, KEYS, page_id="777")) == {"access_token": "other-token"}
    with pytest.raises(ConnectorError, match="@halden_outlet: 17841"):
        signed_in(connected(Instagram, server, KEYS))
    assert signed_in(connected(Instagram, server, KEYS, ig_id=IG)) == {"access_token": PAGE_TOKEN}
    for wanted in ("999", "778"):
        with pytest.raises(ConnectorError, match="not among them"):
            signed_in(connected(Facebook, server, KEYS, page_id=wanted))


def test_more_pages_than_one_answer_holds_are_all_looked_at(server: Server) -> None:
    for n in range(130):
        server.world.pages.append({"id": f"9{n:04d}", "name": f"Shop {n}", "access_token": f"token-{n}"})
    assert signed_in(connected(Facebook, server, KEYS, page_id="90129")) == {"access_token": "token-129"}


def test_somebody_without_a_page_is_told_so(server: Server) -> None:
    server.world.pages[0].pop("instagram_business_account")
    with pytest.raises(ConnectorError, match="shares no account on Instagram"):
        signed_in(connected(Instagram, server, KEYS))
    with pytest.raises(ConnectorError, match="No professional account"):
        connected(Instagram, server).verify()
    server.world.pages.clear()
    with pytest.raises(ConnectorError, match="shares no Page"):
        signed_in(connected(Facebook, server, KEYS))


@pytest.mark.parametrize("code", ["", "used", "code-99"])
def test_a_code_that_meta_does_not_know_is_refused_with_a_remedy(code: str, server: Server) -> None:
    with pytest.raises(ConnectorError, match="code") as caught:
        connected(Facebook, server, KEYS).redeem(code, GRANT)
    assert caught.value.remedy.startswith("Sign in again")
    assert APP_SECRET not in f"{caught.value!r} {caught.value.remedy}"


def test_a_token_of_a_person_or_of_another_page_is_not_this_channels(server: Server) -> None:
    for kind in (Facebook, Instagram):
        with pytest.raises(ConnectorError, match="belongs to a person") as caught:
            connected(kind, server, KEYS | {"access_token": USER_TOKEN}).verify()
        assert caught.value.permanent
        assert caught.value.remedy
    with pytest.raises(ConnectorError, match=f"Halden Bikes \\({PAGE}\\), the channel to 1"):
        connected(Facebook, server, page_id="1").verify()
    with pytest.raises(ConnectorError, match="the channel to 1"):
        connected(Instagram, server, ig_id="1").verify()
    with pytest.raises(ConnectorError, match="no access token") as caught:
        connected(Facebook, server, KEYS).verify()
    assert caught.value.permanent


def test_the_test_names_the_permissions_that_are_missing(server: Server) -> None:
    server.world.tokens[PAGE_TOKEN]["scopes"] = ["pages_show_list", "pages_read_engagement"]
    steps = {step.label: step for step in connected(Facebook, server).steps()}
    with pytest.raises(ConnectorError, match="pages_messaging") as caught:
        steps["The token has all permissions"].run()
    assert "pages_messaging" in caught.value.remedy
    assert len(steps) == 4
    assert len(connected(Facebook, server, app_id="").steps()) == 3


def test_the_end_of_a_token_is_known_before(server: Server) -> None:
    page = connected(Facebook, server)
    assert page.expires_at() is None
    soon, later = (int((datetime.now(UTC) + timedelta(days=days)).timestamp()) for days in (9, 60))
    server.world.tokens[PAGE_TOKEN] |= {"expires_at": later, "data_access_expires_at": soon}
    assert page.expires_at() == datetime.fromtimestamp(soon, UTC)
    server.world.tokens.pop(PAGE_TOKEN)
    with pytest.raises(ConnectorError, match="invalidated") as caught:
        page.expires_at()
    assert caught.value.permanent
    assert connected(Facebook, server, app_id="").expires_at() is None


def test_webhooks_are_set_up_and_what_was_there_stays(server: Server) -> None:
    address = "https://crm.example/webhooks/1/"
    assert connected(Facebook, server).subscribe(address) == {"page_id": PAGE}
    assert connected(Instagram, server).subscribe(address + "ig/") == {"ig_id": IG}
    assert connected(Facebook, server).subscribe(address) == {"page_id": PAGE}
    assert server.world.subscribed == list(Facebook.subscribed)
    told = server.world.subscriptions
    assert (told["page"]["callback_url"], told["instagram"]["callback_url"]) == (address, address + "ig/")
    assert [field["name"] for field in told["instagram"]["fields"]] == list(Instagram.topic_fields)
    assert server.asked("/subscriptions", "POST")[0]["given"]["verify_token"] == "verify-me"
    with pytest.raises(ConnectorError, match=address) as caught:
        connected(Facebook, server).subscribe("https://crm.example/webhooks/2/")
    assert "app of its own" in caught.value.remedy


def test_without_the_app_the_page_is_asked_and_a_person_enters_the_address(server: Server) -> None:
    connected(Facebook, server, app_id="").subscribe("https://crm.example/webhooks/1/")
    assert server.world.subscribed == list(Facebook.subscribed)
    assert server.world.subscriptions == {}


def test_s33_disconnecting_gives_back_what_was_given(server: Server) -> None:
    for kind in (Facebook, Instagram):
        connected(kind, server).subscribe(f"https://crm.example/{kind.network}/")
    connected(Instagram, server).revoke()
    assert "instagram" not in server.world.subscriptions
    assert server.world.subscribed == list(Facebook.subscribed)
    connected(Facebook, server).revoke()
    assert server.world.subscribed == []
    connected(Facebook, server, KEYS | {"access_token": USER_TOKEN}).revoke()
    assert USER_TOKEN not in server.world.tokens
