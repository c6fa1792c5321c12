from inbox.models.assigning import Assignment, Escalation, Restating
from inbox.models.conversations import Contributor, Conversation, ConversationQuerySet, ConversationTag, Seen, Tally
from inbox.models.deeds import Deed
from inbox.models.events import Event
from inbox.models.macros import Macro
from inbox.models.messages import Message, Note, Tombstone, Version, Week, Words
from inbox.models.replies import Delivery, Draft, DraftFile, Promise, Upload
from inbox.models.routing import Decision, DryRun, RoleSuggestion, RoutingDay
from inbox.models.together import Follow, Link, Mention, Notification
from inbox.models.views import SavedView

__all__ = [
    "Assignment",
    "Contributor",
    "Conversation",
    "ConversationQuerySet",
    "ConversationTag",
    "Decision",
    "Deed",
    "Delivery",
    "Draft",
    "DraftFile",
    "DryRun",
    "Escalation",
    "Event",
    "Follow",
    "Link",
    "Macro",
    "Mention",
    "Message",
    "Note",
    "Notification",
    "Promise",
    "Restating",
    "RoleSuggestion",
    "RoutingDay",
    "SavedView",
    "Seen",
    "Tally",
    "Tombstone",
    "Upload",
    "Version",
    "Week",
    "Words",
]
