"""What an IMAP server says when it refuses, and what to do. Pure."""

import re
from typing import Any

from imap_tools.errors import MailboxLoginError, UnexpectedCommandStatusError

from connectors.clean import clean_text
from connectors.protocol import ConnectorError

# The server is busy; whoever comes again later gets in (RFC 5530).
_PASSES = re.compile(r"\[(?:UNAVAILABLE|INUSE|LIMIT|SERVERBUG)\]|too many|try again|temporar", re.IGNORECASE)


def passes(said: Any) -> bool:
    """Whether a refusal ends by itself."""
    return bool(_PASSES.search(words(said)))


def refusal(error: UnexpectedCommandStatusError, host: str) -> ConnectorError:
    said = words(error.command_result[1] if len(error.command_result) > 1 else "")
    if isinstance(error, MailboxLoginError):
        return login_failed(said, host)
    return ConnectorError(f"{host} says: {said}")


def login_failed(said: str, host: str) -> ConnectorError:
    if passes(said):
        return ConnectorError(f"{host} lets nobody in for now: {said}")
    return ConnectorError(
        f"{host} does not accept the login: {said}",
        remedy="Check user name and password. Google and Microsoft want that you sign in, or an app password.",
        permanent=True,
    )


def words(said: Any) -> str:
    """What a server said, as one line."""
    if isinstance(said, list | tuple):
        return " ".join(words(one) for one in said if one)
    if isinstance(said, bytes):
        said = said.decode("utf-8", "replace")
    return clean_text(" ".join(str(said).split()))[:300].removeprefix("b'").removesuffix("'") or "no reason given"
