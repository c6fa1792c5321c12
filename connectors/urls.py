"""The addresses of the channels' settings."""

from django.urls import path
from django.views.generic import RedirectView

from connectors import views

urlpatterns = [
    path("settings/", RedirectView.as_view(pattern_name="channels"), name="settings"),
    path("settings/channels/", views.channels, name="channels"),
    path("settings/channels/<int:pk>/", views.channel, name="channel"),
]
