"""The addresses of what the company knows of a person."""

from django.urls import path

from inbox.views.facts import (
    attribute_kinds,
    attributes,
    contacting,
    deals,
    naming,
    owners,
    pins,
    role_kinds,
    roles,
    suggested_roles,
    tags,
)

urlpatterns = [
    path("contacts/<int:pk>/name/", naming.rename, name="contact_rename"),
    path("contacts/<int:pk>/do-not-contact/", contacting.do_not_contact, name="do_not_contact"),
    path("contacts/<int:pk>/roles/", roles.give, name="contact_roles"),
    path("contacts/<int:pk>/roles/<int:kind>/end/", roles.end, name="contact_role_end"),
    path("contacts/<int:pk>/roles/suggested/", suggested_roles.show, name="contact_suggested_roles"),
    path("contacts/<int:pk>/attributes/", attributes.edit, name="contact_attributes"),
    path("contacts/<int:pk>/attributes/choose/", attributes.choose, name="contact_attribute_choose"),
    path("contacts/<int:pk>/deals/", deals.add, name="contact_deals"),
    path("contacts/<int:pk>/pins/", pins.add, name="contact_pins"),
    path("contacts/<int:pk>/tags/", tags.add, name="contact_tags"),
    path("contacts/<int:pk>/tags/remove/", tags.remove, name="contact_tag_remove"),
    path("contacts/<int:pk>/owners/", owners.choose, name="contact_owners"),
    path("contacts/tags/", tags.suggest, name="tags"),
    path("roles/suggested/<int:pk>/", suggested_roles.answer, name="role_suggestion"),
    path("roles/<int:pk>/undo/", roles.undo, name="role_undo"),
    path("deals/<int:pk>/", deals.deal, name="deal"),
    path("pins/<int:pk>/", pins.pin, name="pin"),
    path("pins/<int:pk>/remove/", pins.remove, name="pin_remove"),
    path("settings/roles/", role_kinds.index, name="role_kinds"),
    path("settings/roles/new/", role_kinds.new, name="role_kind_new"),
    path("settings/roles/<int:pk>/", role_kinds.edit, name="role_kind"),
    path("settings/roles/<int:pk>/place/", role_kinds.move, name="role_kind_move"),
    path("settings/roles/<int:pk>/remove/", role_kinds.remove, name="role_kind_remove"),
    path("settings/attributes/", attribute_kinds.index, name="attribute_kinds"),
    path("settings/attributes/new/", attribute_kinds.new, name="attribute_kind_new"),
    path("settings/attributes/<int:pk>/", attribute_kinds.edit, name="attribute_kind"),
    path("settings/attributes/<int:pk>/place/", attribute_kinds.move, name="attribute_kind_move"),
    path("settings/attributes/<int:pk>/remove/", attribute_kinds.remove, name="attribute_kind_remove"),
]
