"""How far somebody reaches, and how much they are listened to: two figures that are easily confused, shown apart."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext

# The percentile of a sum is that of the highest single score below it: one step in an index instead of a count.
_OF_PERSON = """
    SELECT own.followers, own.accounts, own.score, own.at,
           (SELECT f.percentile FROM contacts_influence f WHERE f.score <= own.score ORDER BY f.score DESC LIMIT 1)
    FROM (
        SELECT max(i.followers) AS followers, count(i.followers) AS accounts, sum(f.score) AS score, max(f.at) AS at
        FROM contacts_identity i
        LEFT JOIN contacts_influence f ON f.identity_id = i.id
        WHERE i.contact_id = %s
    ) own
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person's word weighs.

    `reach`: the followers of their most followed account (sums would count those twice who follow several), and
    `accounts`, how many of their accounts say a number. `score`: the share of all attention that their accounts have
    together, None where they are not ranked. `percentile`: how many percent of all ranked score lower. `at`: as of.
    """

    reach: int | None
    accounts: int
    score: float | None
    percentile: float | None
    at: datetime | None


def of_person(person: int) -> Standing:
    """The standing of the person that a contact stands for. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_PERSON, [person])
        reach, accounts, score, at, percentile = cursor.fetchone()
    return Standing(reach, accounts, score, percentile, at)


def in_words(standing: Standing) -> str:
    """The influence as a sentence without a subject: "Listened to more than 98% of people here"."""
    if standing.percentile is None:
        return gettext("Not known yet: nobody here has mentioned or answered them.")
    if standing.percentile < 1:
        return gettext("Hardly anybody here has mentioned or answered them.")
    return gettext("Listened to more than %(percent)s%% of people here.") % {"percent": int(standing.percentile)}
