"""The tables of the contact graph."""

from contacts.models.crm import Claim, Import, ImportedRow
from contacts.models.erasure import ErasedIdentity, Erasure
from contacts.models.facts import Attribute, AttributeValue, Deal, Owner, Pin, Role, RoleKind, Tag
from contacts.models.links import Clue, Merge, Suggestion
from contacts.models.people import Contact, Identity, Influence, Relationship

__all__ = [
    "Attribute",
    "AttributeValue",
    "Claim",
    "Clue",
    "Contact",
    "Deal",
    "ErasedIdentity",
    "Erasure",
    "Identity",
    "Import",
    "ImportedRow",
    "Influence",
    "Merge",
    "Owner",
    "Pin",
    "Relationship",
    "Role",
    "RoleKind",
    "Suggestion",
    "Tag",
]
