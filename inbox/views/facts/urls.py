"""The addresses of what the company knows of a person."""

from django.urls import path

from inbox.views.facts import attributes, contacting, deals, naming, owners, pins, roles, tags

urlpatterns = [
    path("contacts/<int:pk>/name/", naming.rename, name="contact_rename"),
    path("contacts/<int:pk>/do-not-contact/", contacting.do_not_contact, name="do_not_contact"),
    path("contacts/<int:pk>/roles/", roles.give, name="contact_roles"),
    path("contacts/<int:pk>/roles/<int:kind>/end/", roles.end, name="contact_role_end"),
    path("contacts/<int:pk>/attributes/", attributes.edit, name="contact_attributes"),
    path("contacts/<int:pk>/attributes/choose/", attributes.choose, name="contact_attribute_choose"),
    path("contacts/<int:pk>/deals/", deals.add, name="contact_deals"),
    path("contacts/<int:pk>/pins/", pins.add, name="contact_pins"),
    path("contacts/<int:pk>/tags/", tags.add, name="contact_tags"),
    path("contacts/<int:pk>/tags/remove/", tags.remove, name="contact_tag_remove"),
    path("contacts/<int:pk>/owners/", owners.choose, name="contact_owners"),
    path("contacts/tags/", tags.suggest, name="tags"),
    path("roles/<int:pk>/undo/", roles.undo, name="role_undo"),
    path("deals/<int:pk>/", deals.deal, name="deal"),
    path("pins/<int:pk>/", pins.pin, name="pin"),
    path("pins/<int:pk>/remove/", pins.remove, name="pin_remove"),
]
