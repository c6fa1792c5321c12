"""The addresses of the channels' settings."""

from django.urls import path
from django.views.generic import RedirectView

from connectors.views import channels

urlpatterns = [
    path("settings/", RedirectView.as_view(pattern_name="channels"), name="settings"),
    path("settings/channels/", channels.channels, name="channels"),
    path("settings/channels/<int:pk>/", channels.channel, name="channel"),
]
