"""Workers that die: a program that forks a worker for each order on its standard input, and kills it in the middle.

An order is a line of JSON: {"channel": name, "backfill": true for that and not a pull, "import": the id of an import of
contacts for that, "second_look": true for that, "dry_run": messages in a chunk for that, "train": a folder of examples
for a training, "kill_after": seconds or null, "crash_at": place or null, "bug": name or null}; the answer says whether
the worker died and how. Forking from a process that has loaded everything makes a death cost milliseconds, so that a
test can afford many.
"""

import json
import os
import signal
import sys
import time
from collections import Counter
from pathlib import Path


def _bug_cursor_first(pull):
    """The cursor is committed before the page."""
    take, advance = pull._take, pull._advance

    def early(channel, connector, page, held):
        advance(held, page, connector)
        return take(channel, connector, page, held)

    pull._take = early


def _bug_newest_as_cursor(pull):
    """The first page already moves the cursor to where the last one ends."""
    advance = pull._advance
    last = {}

    def fetch(channel, connector, held, pulled):
        pages = list(connector.fetch(held.cursor))
        last["cursor"] = pages[-1].cursor if pages else held.cursor
        for page in pages:
            pulled.outcomes += pull._take(channel, connector, page, held)

    def ahead(held, page, connector):
        from dataclasses import replace

        advance(held, replace(page, cursor=last["cursor"]), connector)

    pull._fetch, pull._advance = fetch, ahead


def _bug_ledger_apart(pull):
    """The ledger is written beside the page's transaction."""
    from collections import Counter

    from django.utils import timezone

    from connectors import ledger

    take, add = pull._take, ledger.add

    def counted(channel, connector, page, held):
        add(channel.pk, Counter(stored=len(page.items)), at=timezone.now())
        ledger.add = lambda *args, **options: None
        return take(channel, connector, page, held)

    pull._take = counted


def _bug_past_cursor_first(past):
    """The back-fill's cursor is committed before its page."""
    whole = past._whole

    def early(channel, connector, page, held, advance):
        advance(Counter())
        return whole(channel, connector, page, held, lambda outcomes: None)

    past._whole = early


BUGS = {
    "cursor first": _bug_cursor_first,
    "newest as cursor": _bug_newest_as_cursor,
    "ledger apart": _bug_ledger_apart,
}


def fill(order):
    """One worker's life at a back-fill: a slice of it, or all that is left."""
    from connectors.models import Backfill, Receipt
    from inbox import backfill, drain, past
    from socialcrm import crash
    from tests.inbox.archive import enlist

    enlist()
    if order.get("bug"):
        _bug_past_cursor_first(past)
    crash._deadly = order.get("crash_at") or ""
    found = Backfill.objects.select_related("channel").get(channel__name=order["channel"])
    Receipt.objects.filter(state="pending").update(lease_until=None)
    backfill.fill(found)
    drain.drain()
    found.refresh_from_db()
    return 0 if found.state == Backfill.State.DONE else 1


def import_contacts(order):
    """One worker's life at an import of contacts: a slice of it, or all that is left."""
    from contacts.models import Import
    from inbox import crm_imports
    from socialcrm import crash

    crash._deadly = order.get("crash_at") or ""
    crm_imports.work(order["import"], seconds=1000)
    state = Import.objects.values_list("state", flat=True).get(pk=order["import"])
    return 0 if state in ("checked", "done", "undone") else 1


def look_again(order):
    """One worker's life at a second look: all that is left."""
    from inbox import second_look
    from inbox.models import Decision
    from socialcrm import crash

    crash._deadly = order.get("crash_at") or ""
    second_look.work(seconds=1000)
    return 1 if Decision.objects.filter(look="quick").exists() else 0


def try_on_the_past(order):
    """One worker's life at dry runs: all that is left, in small chunks."""
    from inbox.dryrun import asking, past
    from inbox.dryrun import work as dry_runs
    from inbox.models import DryRun
    from socialcrm import crash

    past.CHUNK = order["dry_run"]
    crash._deadly = order.get("crash_at") or ""
    dry_runs.work(seconds=1000)
    return 1 if DryRun.objects.filter(state__in=asking.BUSY).exists() else 0


def train(order):
    """One worker's life at a training that waits."""
    from inbox import train
    from socialcrm import crash

    crash._deadly = order.get("crash_at") or ""
    made = train.work(Path(order["train"]))
    return 0 if made is not None and made.state in ("champion", "rejected") else 1


def work(order):
    """One worker's life: it takes over from its dead predecessor, pulls and drains."""
    from connectors.models import Channel, Receipt
    from inbox import drain, pull
    from socialcrm import crash

    if order.get("bug"):
        BUGS[order["bug"]](pull)
    channel = Channel.objects.get(name=order["channel"])
    Receipt.objects.filter(channel=channel, state="pending").update(lease_until=None)
    crash._deadly = order.get("crash_at") or ""
    pulled = pull.pull(channel)
    drain.drain(limit=100_000)
    return 0 if pulled is not None and pulled.error is None else 1


def _run(order):
    child = os.fork()
    if child == 0:
        code = 70
        try:
            asked = {
                "train": train,
                "import": import_contacts,
                "backfill": fill,
                "second_look": look_again,
                "dry_run": try_on_the_past,
            }
            code = next((does for name, does in asked.items() if order.get(name)), work)(order)
        finally:
            os._exit(code)
    if order.get("kill_after") is not None:
        time.sleep(order["kill_after"])
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return {"killed": os.WIFSIGNALED(status), "status": os.waitstatus_to_exitcode(status)}


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from django.conf import settings

    from connectors.registry import CONNECTORS
    from inbox import backfill, crm_imports, drain, pull, second_look, train  # noqa: F401 - loaded before the first fork
    from inbox.dryrun import work as dry_runs  # noqa: F401
    from routing import model

    settings.OUTBOUND_ALLOW = ["127.0.0.0/8"]
    model.load()
    # Connectors are loaded when they are first asked for; a life of some milliseconds is not for that.
    assert CONNECTORS["x"]
    print("ready", flush=True)  # noqa: T201
    for line in sys.stdin:
        print(json.dumps(_run(json.loads(line))), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
