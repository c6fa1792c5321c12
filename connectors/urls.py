"""The addresses of the channels' settings."""

from django.urls import path
from django.views.generic import RedirectView

from connectors.views import backfills, channels, hooks

urlpatterns = [
    path("webhooks/<uuid:uuid>/", hooks.webhook, name="webhook"),
    path("settings/", RedirectView.as_view(pattern_name="channels"), name="settings"),
    path("settings/channels/", channels.channels, name="channels"),
    path("settings/channels/<int:pk>/", channels.channel, name="channel"),
    path("settings/channels/<int:pk>/backfill/", backfills.backfill, name="backfill"),
    path("settings/channels/<int:pk>/backfill/pause/", backfills.pause, name="backfill_pause"),
    path("settings/channels/<int:pk>/backfill/resume/", backfills.resume, name="backfill_resume"),
    path("settings/channels/<int:pk>/backfill/cancel/", backfills.cancel, name="backfill_cancel"),
]
