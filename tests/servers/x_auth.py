"""Checks OAuth 1.0a signatures (RFC 5849) as X does, over the address that SDKs sign: https://api.twitter.com."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote


@dataclass(frozen=True)
class Keys:
    """An application's pair of keys and a user's."""

    api_key: str = "api-key"
    api_secret: str = "api-secret"  # noqa: S105
    access_token: str = "1000-access-token"  # noqa: S105
    access_token_secret: str = "access-token-secret"  # noqa: S105


def signed_by(keys: Keys, header: str, method: str, path: str, query: dict[str, str]) -> bool:
    """Whether `header` is the Authorization of a request that these keys signed."""
    given = {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', header)}
    signature = given.pop("oauth_signature", "")
    if (given.get("oauth_consumer_key"), given.get("oauth_token")) != (keys.api_key, keys.access_token):
        return False
    pairs = sorted((_escaped(name), _escaped(value)) for name, value in (given | query).items())
    parameters = "&".join(f"{name}={value}" for name, value in pairs)
    host = "ton" if path.startswith("/1.1/ton/") else "api"
    base = "&".join(map(_escaped, (method, f"https://{host}.twitter.com{path}", parameters)))
    key = f"{_escaped(keys.api_secret)}&{_escaped(keys.access_token_secret)}"
    expected = base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()).decode()
    return hmac.compare_digest(expected, signature)


def _escaped(text: str) -> str:
    return quote(text, safe="~")
