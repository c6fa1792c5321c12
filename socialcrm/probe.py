"""Asking our own web process how it is; the only request that the product sends to itself.

`python -m socialcrm.probe readyz [HOST]` does it for an orchestrator: status 0 means well.
"""

import http.client
import json
import sys

SECONDS = 6


def ask(host: str, port: int, path: str) -> tuple[int, bytes]:
    """Status and body of one of our health pages; raises OSError or HTTPException where nobody answers."""
    connection = http.client.HTTPConnection(host, port, timeout=SECONDS)
    try:
        connection.request("GET", f"/{path}", headers={"Host": "localhost"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def what_is_not_ready(host: str, port: int) -> list[str]:
    """The checks of /readyz that fail; empty when all is well."""
    # An address that means "all of this machine's" cannot be asked.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    try:
        status, body = ask(host, port, "readyz")
        return [] if status == 200 else [name for name, said in json.loads(body)["checks"].items() if said != "ok"]
    except (OSError, ValueError, KeyError, http.client.HTTPException):
        return ["web"]


if __name__ == "__main__":
    page, host = [*sys.argv[1:], "127.0.0.1"][:2]
    sys.exit(ask(host, 8000, page)[0] != 200)
