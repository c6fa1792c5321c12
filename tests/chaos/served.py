"""Web servers and workers that die: a program that forks one for each order on its standard input, and kills it.

An order is a line of JSON: {"do": "serve" or "drain", "kill_after": seconds or null, "crash_at": place or null, "bug":
name or null}; a server runs on until {"do": "kill"}. The listening socket is made once and outlives its servers, so
that whoever connects in between waits for the next one, as behind a proxy. The first line of output is its port.
"""

import json
import os
import signal
import socket
import sys
import time


def _bug_answers_first(webhooks):
    """The delivery is acknowledged before it is kept: it is kept a moment later."""
    import threading

    keep = webhooks._keep

    def later(*args):
        def soon():
            time.sleep(0.05)
            keep(*args)

        threading.Thread(target=soon).start()
        return True

    webhooks._keep = later


def _bug_done_first(drain):
    """Receipts are marked as done before their page is in."""
    ingest = drain.ingest

    def early(*args, advance, **options):
        advance()
        return ingest(*args, **options)

    drain.ingest = early


def _serve(order, listening):
    import uvicorn

    from connectors import webhooks
    from socialcrm.asgi import application

    if order.get("bug"):
        _bug_answers_first(webhooks)
    uvicorn.run(application, fd=listening.fileno(), log_level="error", lifespan="off", access_log=False)


def _drain(order):
    from connectors.models import Receipt
    from inbox import drain
    from socialcrm import crash

    if order.get("bug"):
        _bug_done_first(drain)
    # Nobody waits here for the lease of the dead.
    Receipt.objects.filter(state="pending").update(lease_until=None)
    crash._deadly = order.get("crash_at") or ""
    drain.drain(limit=100_000)


def _start(order, listening):
    child = os.fork()
    if child == 0:
        code = 70
        try:
            _serve(order, listening) if order["do"] == "serve" else _drain(order)
            code = 0
        finally:
            os._exit(code)
    return child


def _end(child, kill_after):
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return {"killed": os.WIFSIGNALED(status), "status": os.waitstatus_to_exitcode(status)}


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    import uvicorn  # noqa: F401 - loaded before the first fork, as all of these

    from inbox import drain  # noqa: F401
    from routing import model

    model.load()
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    print(listening.getsockname()[1], flush=True)  # noqa: T201
    server = None
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "serve":
            server, answer = _start(order, listening), {}
        elif order["do"] == "kill":
            answer = _end(server, 0)
        else:
            answer = _end(_start(order, listening), order.get("kill_after"))
        print(json.dumps(answer), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
