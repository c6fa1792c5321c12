"""The operators of search: what each is called, what it takes, and what it asks for.

An operator that there is not, or a value that means nothing, is told with the nearest one that there is; the rest of
the query holds.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from contacts.models import Attribute, RoleKind
from contacts.names import fold
from contacts.networks import networks
from inbox.search import dates, states, whom
from inbox.search.conditions import Condition, Narrowing, Problem, Sql, beginning
from inbox.search.query import OPERATORS, Operator, Query
from people.models import Department

if TYPE_CHECKING:
    from people.models import User


@dataclass
class Context:
    """For whom and when a query is read; what there is to choose from is looked up once, when it is asked for."""

    user: "User"
    now: datetime
    query: Query = field(default_factory=Query)

    @cached_property
    def departments(self) -> dict[str, int]:
        """Ids by slug."""
        return dict(Department.objects.order_by("position").values_list("slug", "pk"))

    @cached_property
    def roles(self) -> dict[str, int]:
        """Ids of kinds of roles by slug."""
        return dict(RoleKind.objects.order_by("position").values_list("slug", "pk"))

    @cached_property
    def attributes(self) -> dict[str, Attribute]:
        """By slug."""
        return {one.slug: one for one in Attribute.objects.order_by("position")}

    @cached_property
    def networks(self) -> list[str]:
        """Those that somebody has an account on."""
        return networks()


class NotUnderstood(Exception):
    """A value that means nothing: the sentence that says so, and the value that was probably meant."""

    def __init__(self, says: str, instead: str = "") -> None:
        super().__init__(says)
        self.says, self.instead = says, instead


def understand(context: Context) -> Narrowing:
    """What all operators of a query ask for. A few statements, none where there are no operators."""
    conditions: list[Condition] = []
    problems: list[Problem] = []
    bounds: dict[str, datetime] = {}
    for operator in context.query.operators:
        if not operator.value:
            continue
        try:
            if operator.name in ("before", "after"):
                _bound(bounds, operator, context)
            else:
                asked = _condition(operator, context)
                conditions.append(asked.negated() if operator.excluded else asked)
        except NotUnderstood as error:
            problems.append(_problem(error, operator, context.query))
    names = tuple(one.name for one in conditions if one.name)
    return Narrowing(tuple(conditions), bounds.get("since"), bounds.get("until"), tuple(problems), names)


def _condition(operator: Operator, context: Context) -> Condition:
    if operator.name in BY_NAME:
        return BY_NAME[operator.name](operator.value, context)
    if operator.name in context.attributes:
        return _attribute(context.attributes[operator.name], operator.value)
    nearest = close(operator.name, [*OPERATORS, *context.attributes])
    says = _("There is no operator “%(name)s”.") % {"name": operator.name}
    raise NotUnderstood(says, f"{nearest}:" if nearest else "")


def _problem(error: NotUnderstood, operator: Operator, query: Query) -> Problem:
    if not error.instead:
        return Problem(error.says)
    name, value = operator.name, error.instead
    if value.endswith(":"):
        name, value = value.removesuffix(":"), operator.value
    meant = Operator(name, value, operator.excluded)
    instead = Query(query.groups, tuple(meant if one == operator else one for one in query.operators))
    return Problem(error.says, str(instead))


def close(value: str, known: Iterable[str]) -> str:
    """The nearest of what there is; empty where nothing is near."""
    names = {fold(one): one for one in known}
    starts = [one for folded, one in names.items() if folded.startswith(fold(value)[:3])]
    found = difflib.get_close_matches(fold(value), names, n=1, cutoff=0.6)
    return names[found[0]] if found else starts[0] if len(starts) == 1 else ""


def _bound(bounds: dict[str, datetime], operator: Operator, context: Context) -> None:
    at = dates.begins(operator.value, context.now)
    if at is None:
        says = _('“%(value)s” is no date. Write 2026-03-01, 2026-03, 7d or "last week".') % {"value": operator.value}
        raise NotUnderstood(says)
    # Not before a day is the same as since it began.
    if (operator.name == "after") is not operator.excluded:
        bounds["since"] = max(at, bounds.get("since", at))
    else:
        bounds["until"] = min(at, bounds.get("until", at))


def _chosen(value: str, known: Mapping[str, int], says: str) -> int:
    """The id of one of those that there are, by its slug. Raises NotUnderstood with the nearest one."""
    folded = {fold(slug): pk for slug, pk in known.items()}
    if fold(value) not in folded:
        raise NotUnderstood(says % {"value": value}, close(value, known))
    return folded[fold(value)]


def _from(value: str, context: Context) -> Condition:
    if fold(value) == "me":
        return Condition(Sql("m.author_id = %s", (context.user.pk,)))
    named, is_named = whom.named(value), whom.is_named(value)
    if named is None or is_named is None:
        raise NotUnderstood(_("“%(value)s” is no name, handle or e-mail address.") % {"value": value})
    of_message = Sql(f"m.direction = 'in' AND {_of_message(is_named).text}", is_named.params)
    return Condition(of_message, is_named, _identities(named), name=value)


def _network(value: str, context: Context) -> Condition:
    names = {fold(one): one for one in context.networks}
    aliases = {"mail": "email", "e-mail": "email", "twitter": "x"}
    network = names.get(aliases.get(fold(value), fold(value)))
    if network is None:
        says = _("Nobody has written on a network “%(value)s”.") % {"value": value}
        raise NotUnderstood(says, close(value, context.networks))
    on_it = "EXISTS (SELECT FROM contacts_identity one WHERE one.contact_id = p.id AND one.network = %s)"
    return Condition(Sql("i.network = %s", (network,)), Sql(on_it, (network,)))


def _department(value: str, context: Context) -> Condition:
    pk = _chosen(value, context.departments, _("There is no department “%(value)s”."))
    return Condition(Sql("c.department_id = %s", (pk,)))


def _role(value: str, context: Context) -> Condition:
    pk = _chosen(value, context.roles, _("There is no role “%(value)s”."))
    return _fact("contacts_role", Sql("fact.kind_id = %s AND fact.until IS NULL", (pk,)))


def _tag(value: str, context: Context) -> Condition:
    return _fact("contacts_tag", Sql("fact.name = ANY(%s)", ([value, value.lower(), fold(value)],)))


def _attribute(attribute: Attribute, value: str) -> Condition:
    # A number or a date is meant as it is; of a text the beginning is enough.
    if attribute.kind in (Attribute.Kind.TEXT, Attribute.Kind.LINK, Attribute.Kind.EMAIL):
        asked = Sql(
            "fact.search_key LIKE %s AND fact.search_key >= %s", (beginning(fold(value)[:200]), fold(value)[:200])
        )
    else:
        asked = Sql("fact.search_key = %s", (fold(value)[:200],))
    return _fact(
        "contacts_attributevalue", Sql(f"fact.attribute_id = %s AND {asked.text}", (attribute.pk, *asked.params))
    )


def _fact(table: str, asked: Sql) -> Condition:
    """That something was said of any of the contacts that a person consists of."""
    # OFFSET 0: asked of one person after another, and not joined with all of the table. Few people have parts.
    person = Sql(
        f"EXISTS (SELECT FROM {table} fact WHERE fact.contact_id = p.id AND {asked.text} OFFSET 0)"  # noqa: S608
        f" OR EXISTS (SELECT FROM contacts_contact part JOIN {table} fact ON fact.contact_id = part.id"
        f" WHERE part.root_id = p.id AND {asked.text} OFFSET 0)",
        (*asked.params, *asked.params),
    )
    persons = Sql(
        f"SELECT coalesce(whole.root_id, whole.id) FROM {table} fact JOIN contacts_contact whole"  # noqa: S608
        f" ON whole.id = fact.contact_id WHERE {asked.text}",
        asked.params,
    )
    return Condition(Sql(_of_message(person).text, person.params), person, _identities(persons))


def _of_message(person: Sql) -> Sql:
    """What is asked of a person, asked of the one whose identity a message is of."""
    return Sql(f"({person.text.replace('p.id', 'i.contact_id')})", person.params)


def _identities(persons: Sql) -> Sql:
    found = f"SELECT one.id FROM ({persons.text}) meant(person)"  # noqa: S608 - constants
    return Sql(f"{found} JOIN contacts_identity one ON one.contact_id = meant.person", persons.params)


def _is(value: str, context: Context) -> Condition:
    found = states.condition(fold(value), context.user, context.now)
    if found is None:
        says = _("“%(value)s” is nothing that a message can be.") % {"value": value}
        raise NotUnderstood(says, close(value, states.NAMES))
    return found


def _has(value: str, context: Context) -> Condition:
    if fold(value) in ("attachment", "attachments", "file"):
        return Condition(Sql("m.attachments <> '[]'"))
    if fold(value) == "link":
        return Condition(Sql("strpos(m.text, '://') > 0"))
    raise NotUnderstood(
        _("“%(value)s” is nothing that can be looked for in a message.") % {"value": value},
        close(value, ["attachment", "link"]),
    )


BY_NAME: Mapping[str, Callable[[str, Context], Condition]] = {
    "from": _from,
    "network": _network,
    "department": _department,
    "role": _role,
    "tag": _tag,
    "is": _is,
    "has": _has,
}
