"""The addresses of colleagues and of presence."""

from django.urls import URLPattern, path

from inbox.views.routing import people, presence

urlpatterns: list[URLPattern] = [
    path("presence/", presence.choose, name="presence"),
    path("settings/people/", people.index, name="people"),
    path("settings/people/<int:pk>/", people.edit, name="person"),
    path("settings/people/<int:pk>/give/", people.give_away, name="person_give"),
]
