from inbox.models.assigning import Assignment, Escalation, Restating
from inbox.models.conversations import Contributor, Conversation, ConversationQuerySet, ConversationTag, Seen, Tally
from inbox.models.events import Event
from inbox.models.messages import Message, Note, Tombstone, Version, Week, Words
from inbox.models.replies import Delivery, Draft, Promise, Upload
from inbox.models.routing import Decision, DryRun, RoleSuggestion, RoutingDay

__all__ = [
    "Assignment",
    "Contributor",
    "Conversation",
    "ConversationQuerySet",
    "ConversationTag",
    "Decision",
    "Delivery",
    "Draft",
    "DryRun",
    "Escalation",
    "Event",
    "Message",
    "Note",
    "Promise",
    "Restating",
    "RoleSuggestion",
    "RoutingDay",
    "Seen",
    "Tally",
    "Tombstone",
    "Upload",
    "Version",
    "Week",
    "Words",
]
