"""What the addresses of the managers' rules answer to everybody; for the matrix in test_pages.py."""

from routing import versions
from routing.models import Ruleset

# anonymous, charlie, alice, mia, adam
_PAGE, _DONE, _ONLY_POST = [302, 403, 403, 200, 200], [302, 403, 403, 302, 302], [302, 405, 405, 405, 405]
_AGAIN = [302, 403, 403, 422, 422]
_ACTS = ("rule_switch", "rule_copy", "rule_remove", "rule_step")
_FORMS = ("rule_name", "rule_place", "rule_condition", "rule_doing")
_FREE = ("routing_begin", "rule_restore", "routing_try", "routing_pattern")

GET = {
    **dict.fromkeys(("routing", "rule", "routing_history", "routing_roll_back"), _PAGE),
    **dict.fromkeys(("rule_new", "routing_thresholds", "routing_publish", "routing_discard", *_FORMS), _PAGE),
    **dict.fromkeys((*_ACTS, *_FREE), _ONLY_POST),
}
POST = {
    **dict.fromkeys((*_ACTS, *_FORMS, "routing_begin", "rule_restore", "routing_thresholds"), _DONE),
    **dict.fromkeys(("routing_publish", "routing_discard", "routing_roll_back"), _DONE),
    **dict.fromkeys(("rule_new", "routing_try"), _AGAIN),
    "routing_pattern": [302, 403, 403, 200, 200],
}
# These have nothing in their address that could be missing.
WHOLE = {"rule_new", "routing_thresholds", "routing_publish", "routing_discard", *_FREE}


def rule(pk, *words, owner="pr", **more):
    """A rule as versions keep it, on words."""
    return {
        "id": pk,
        "name": f"Rule about {words[0]}",
        "on": True,
        "conditions": {"all": [{"field": "text", "op": "contains", "value": list(words)}]},
        "actions": {"owner": owner},
    } | more


def addresses():
    """The arguments of each address, all about the first rule of the version in force."""
    if not Ruleset.objects.exists():
        versions.publish([rule(1, "recall"), rule(2, "price", owner="sales")], {}, by=None, reason="First rules.")
    one = {"rule": 1}
    return {
        **dict.fromkeys(("rule", *_ACTS, *_FORMS), one),
        "rule_doing": {**one, "key": "priority"},
        "routing_roll_back": {"number": 1},
    }


def bodies():
    """What is posted so that something is done."""
    return {
        "rule_switch": {"on": "0"},
        "rule_place": {"to": "2"},
        "rule_name": {"name": "Recalls"},
        "rule_condition": {"into": "", "field": "followers", "op": "at_least", "value": "10,000"},
        "rule_doing": {"value": "urgent"},
        "rule_step": {"at": "", "do": "any"},
        "routing_begin": {"example": "press"},
        "routing_thresholds": {"of_default": "70", "of_noise": "50"},
        "routing_roll_back": {"reason": "It was better."},
        "routing_publish": {"reason": "As agreed."},
        "routing_pattern": {"value": "brakes?"},
    }
