"""What people may want with a message. The names are columns of the classifier and values in the managers' rules."""

INTENTS = (
    "help", "complaint", "buying", "price", "churn", "praise", "press", "legal", "partnership", "job", "idea", "spam",
)  # fmt: skip
"""help: or how to do something; legal: or safety; churn: may leave, or leaves; press: a journalist asks; partnership:
offers to work together, sponsoring among it; job: looks for one; idea: for a product."""

LIKELY = 0.5
"""From which probability an intent is shown, and counts for a rule."""
