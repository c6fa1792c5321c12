"""The addresses of explanations, one for each message."""

from django.urls import path

from inbox.views.routing import explanation

urlpatterns = [
    path("messages/<int:pk>/why/", explanation.explanation, name="explanation"),
    path("messages/<int:pk>/why/rules/", explanation.trace, name="explanation_trace"),
    path("messages/<int:pk>/why/what-if/", explanation.try_text, name="what_if"),
]
