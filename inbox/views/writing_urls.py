"""The addresses of what helps while one writes: drafts, colleagues to call upon, macros."""

from django.urls import path

from inbox.views import drafts, notes, using_macros

urlpatterns = [
    path("c/<int:pk>/draft/", drafts.draft, name="draft"),
    path("c/<int:pk>/macros/", using_macros.listed, name="macros_for"),
    path("colleagues/", notes.colleagues, name="colleagues"),
]
