"""What the documentation says about connecting, done literally: its commands in a shell, its fields in the forms."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from connectors.models import Channel
from connectors.registry import CONNECTORS
from people import departments
from people.models import Department
from tests.connectors.conftest import ALL_KEYS
from tests.connectors.mails import post
from tests.servers import bluesky, feed, mastodon, meta, x
from tests.servers.bluesky_world import World as Sky
from tests.servers.meta_world import APP_SECRET, PAGE_TOKEN
from tests.servers.x_world import World as OfX

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["README", "bluesky", "email", "facebook", "feed", "instagram", "mastodon", "webhook", "x"]
META = {"access_token": PAGE_TOKEN, "app_secret": APP_SECRET}
# A secret that a page leaves out, or an example of one, for what the stand-in takes.
SECRETS: dict[str, dict[str, str]] = {
    "bluesky": {"app_password": "app-pass-word-1234"},
    "email": {"password": "a-password"},
    "facebook": META,
    "instagram": META,
    "mastodon": {"access_token": "brand-token"},
    "x": ALL_KEYS,
}


def page(name: str) -> str:
    folder = ROOT if name == "README" else ROOT / "docs"
    return (folder / f"{name}.md").read_text()


def example(name: str) -> str:
    """The block of a page that connects a channel, as somebody would copy it."""
    block = re.search(r"(?:^ {4,}.*\n)*^ {4,}.*connect_channel.*\n(?:^ {4,}.*\n)*", page(name), re.M)
    assert block, name
    return re.sub(r"^ +", "", block[0], flags=re.M)


def filled_in(objects: str, secrets: dict[str, str]) -> str:
    """JSON with secrets in place of their examples; every name in it must be one of the network's."""
    told: dict[str, str] = json.loads(objects)
    return json.dumps({name: secrets[name] for name in told})


def written_file(name: str) -> str:
    """The object that a page says stands in credentials.json; Instagram's is as Facebook's."""
    found = re.search(r"`(\{[^`]*…[^`]*\})`", page("facebook" if name == "instagram" else name))
    assert found, name
    return found[1]


@pytest.fixture
def servers() -> Iterator[dict[str, Any]]:
    """The stand-ins, with the accounts of the documentation."""
    with ExitStack() as stack:
        graph = stack.enter_context(meta.serving())
        servers: dict[str, Any] = {
            "x": stack.enter_context(x.serving(OfX("yourbrand"))),
            "mastodon": stack.enter_context(mastodon.serving()),
            "bluesky": stack.enter_context(bluesky.serving(Sky("yourbrand.bsky.social"))),
            "feed": stack.enter_context(feed.serving()),
            "email": stack.enter_context(post()),
            "facebook": graph,
            "instagram": graph,
        }
        servers["email"].world.passwords["support@example.org"] = "a-password"
        yield servers


def led_to(name: str, network: str, words: str, servers: dict[str, Any], folder: Path) -> str:
    """A block with the stand-in's address and secrets, and nothing else exchanged."""
    server: Any = servers.get(network)
    secrets = SECRETS.get(network, {})
    words = re.sub(r"\{[^{}']*(?:…|xxxx)[^{}']*\}", lambda found: filled_in(found[0], secrets), words)
    if "credentials.json" in words:
        (folder / "credentials.json").write_text(filled_in(written_file(name), secrets))
        words = words.replace("credentials.json", str(folder / "credentials.json"))
    match network:
        case "mastodon":
            return words.replace("https://mastodon.social", server.url)
        case "feed":
            return words.replace("https://blog.example.com/", server.url)
        case "webhook":
            return words
        case "email":
            for kind, port in (("imap", server.imap.port), ("smtp", server.smtp.port)):
                there = f'"{kind}_host": "127.0.0.1", "{kind}_port": "{port}", "{kind}_security": "plain"'
                words = words.replace(f'"{kind}_host": "{kind}.example.org"', there)
            return words
    return words.replace(f"connect_channel {network}", f"connect_channel {network} --base-url {server.url}")


@pytest.mark.parametrize("name", PAGES)
def test_the_command_of_each_page_connects_the_channel(
    name: str, process_env: dict[str, str], servers: dict[str, Any], tmp_path: Path
) -> None:
    if name == "webhook" and shutil.which("openssl") is None:
        pytest.skip("The page's command makes a secret with openssl, which this machine has not.")
    departments.ensure(Department)
    words = example(name)
    found = re.search(r'connect_channel (\w+) "([^"]+)"', words)
    assert found
    network, label = found.groups()
    env = process_env | {"OUTBOUND_ALLOW": "127.0.0.0/8", "SITE_URL": "https://inbox.example.com"}
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env["PATH"]])
    words = led_to(name, network, words, servers, tmp_path)
    shell = ["sh", "-c", words]
    ended = subprocess.run(shell, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (0, ""), words
    assert ended.stdout.startswith(f"Connected {label} (")
    channel = Channel.objects.get(network=network, name=label)
    assert channel.is_active


@pytest.mark.parametrize("network", [name for name in PAGES if name != "README"])
def test_each_page_describes_the_fields_that_there_are(network: str) -> None:
    kind = CONNECTORS[network]
    described = set()
    for table in re.findall(r"^\| (?:setting|secret) \|.*\n\|.*\n((?:\|.*\n)+)", page(network), re.M):
        for row in table.splitlines():
            described |= set(re.findall(r"`(\w+)`", row.split("|")[1]))
    fields = {one.name for one in kind.fields}
    assert described <= fields
    told = set(re.findall(r"\w+", page(network)))
    # Whoever signs in, or reads the form, finds the rest there.
    assert {one.name for one in kind.fields if not one.generated} <= told
