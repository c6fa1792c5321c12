"""The addresses of what helps while one writes: drafts, colleagues to call upon, macros."""

from django.urls import path

from inbox.views import drafts, macros, notes, using_macros

urlpatterns = [
    path("c/<int:pk>/draft/", drafts.draft, name="draft"),
    path("c/<int:pk>/macros/", using_macros.listed, name="macros_for"),
    path("c/<int:pk>/macro/", using_macros.use, name="macro_use"),
    path("settings/macros/", macros.index, name="macros"),
    path("settings/macros/new/", macros.new, name="macro_new"),
    path("settings/macros/<int:pk>/", macros.edit, name="macro"),
    path("settings/macros/<int:pk>/delete/", macros.delete, name="macro_delete"),
    path("colleagues/", notes.colleagues, name="colleagues"),
]
