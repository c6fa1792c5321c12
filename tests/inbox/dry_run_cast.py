"""Rules to try on the past, and a past to try them on."""

from routing.models import Ruleset

NEW_CARS = {"field": "text", "op": "contains", "value": ["new car", "upgrade"]}
SOUNDS_BAD = {"field": "sentiment", "op": "is", "value": "negative"}


def rule(pk, conditions, *, name=None, on=True, **actions):
    """A rule as versions keep it."""
    return {"id": pk, "name": name or f"Rule {pk}", "on": on, "conditions": conditions, "actions": actions}


def draft(*rules, **thresholds):
    """A draft with these rules."""
    Ruleset.objects.draft().delete()
    return Ruleset.objects.create(rules=list(rules), thresholds=thresholds, next_rule_id=100)


def decided(cast, text, outcome="support", *, chances=None, conversation=None, **fields):
    """A message of the past that the router sent somewhere. `fields` are the decision's."""
    where = conversation or cast.asks(text=text, department=outcome if outcome != "noise" else "triage", ago=30)
    message = where.messages.get() if conversation is None else cast.says(where, text)
    chances = chances or {"support": 0.8, "sales": 0.15, "noise": 0.05}
    return cast.decided(message, outcome, probabilities=chances, confidence=max(chances.values()), **fields)
