"""The addresses of the channels' settings."""

from django.urls import path
from django.views.generic import RedirectView

from connectors.views import alarms, backfills, channels, docs, editing, hooks, ledger, saved, signing

urlpatterns = [
    path("webhooks/<uuid:uuid>/", hooks.webhook, name="webhook"),
    path("settings/", RedirectView.as_view(pattern_name="channels"), name="settings"),
    path("settings/channels/", channels.channels, name="channels"),
    path("settings/channels/pull/", channels.pull_all, name="channels_pull"),
    path("settings/channels/callback/", signing.callback, name="channel_callback"),
    path("settings/channels/docs/<str:name>", docs.page, name="channel_docs"),
    path("settings/channels/new/<slug:network>/", editing.new, name="channel_new"),
    path("settings/channels/<int:pk>/", editing.channel, name="channel"),
    path("settings/channels/<int:pk>/pull/", channels.pull, name="channel_pull"),
    path("settings/channels/<int:pk>/pause/", channels.pause, name="channel_pause"),
    path("settings/channels/<int:pk>/resume/", channels.resume, name="channel_resume"),
    path("settings/channels/<int:pk>/disconnect/", channels.leave, name="channel_disconnect"),
    path("settings/channels/<int:pk>/remove/", channels.remove, name="channel_remove"),
    path("settings/channels/<int:pk>/subscription/", channels.subscription, name="channel_subscription"),
    path("settings/channels/<int:pk>/values/", saved.values, name="channel_values"),
    path("settings/channels/<int:pk>/ledger/", ledger.ledger, name="channel_ledger"),
    path("settings/channels/<int:pk>/receipts/", ledger.receipts, name="receipts"),
    path("settings/ledger/", ledger.ledger, name="ledger"),
    path("settings/channels/alarms/", alarms.read, name="alarm_read"),
    path("settings/channels/<int:pk>/backfill/", backfills.backfill, name="backfill"),
    path("settings/channels/<int:pk>/backfill/pause/", backfills.pause, name="backfill_pause"),
    path("settings/channels/<int:pk>/backfill/resume/", backfills.resume, name="backfill_resume"),
    path("settings/channels/<int:pk>/backfill/cancel/", backfills.cancel, name="backfill_cancel"),
]
