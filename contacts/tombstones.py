"""The tombstones of accounts whose people were erased: what is theirs from before is not taken in again.

Nothing is kept of an account but a digest of its network and id, made with a key that does not lie in the database
(HMAC, RFC 2104), so that the list of the erased cannot be read from it, nor tried out with known names.
"""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import connection

from contacts.models import ErasedIdentity, Erasure

Key = tuple[str, str]  # network, external id

_SINCE = """
    SELECT e.digest, max(erasure.at) FROM contacts_erasedidentity e JOIN contacts_erasure erasure
    ON erasure.id = e.erasure_id WHERE e.digest = ANY(%s) GROUP BY e.digest
"""


def digest(network: str, external_id: str) -> str:
    """What is kept of an account, 64 characters. E-mail addresses are the same in every case."""
    name = external_id.casefold() if network == "email" else external_id
    return hmac.new(settings.ERASURE_KEY.encode(), f"{network}\0{name}".encode(), hashlib.sha256).hexdigest()


def erased_since(keys: Iterable[Key]) -> dict[Key, datetime]:
    """Which of these accounts belong to somebody who was erased, and when. One statement."""
    asked = {key: digest(*key) for key in keys}
    stand = standing(asked.values())
    # One address may be written in several ways.
    return {key: stand[one] for key, one in asked.items() if one in stand}


def standing(digests: Iterable[str]) -> dict[str, datetime]:
    """Which of these digests a tombstone bears, with the time of its erasure. One statement."""
    asked = sorted(set(digests))
    if not asked:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_SINCE, [asked])
        return dict(cursor.fetchall())


def erased(keys: Iterable[Key]) -> set[Key]:
    """Which of these accounts belong to somebody who was erased. One statement."""
    return set(erased_since(keys))


def bury(erasure: Erasure, digests: Iterable[str]) -> None:
    """Put up tombstones; one that stands already now bears the later erasure."""
    ErasedIdentity.objects.bulk_create(
        [ErasedIdentity(erasure=erasure, digest=one) for one in sorted(set(digests))],
        update_conflicts=True,
        unique_fields=["digest"],
        update_fields=["erasure"],
    )
