"""The addresses of dry runs."""

from django.urls import path

from inbox.views.routing import dry_run

urlpatterns = [
    path("settings/routing/dry-run/", dry_run.index, name="dry_run"),
    path("settings/routing/dry-run/<int:pk>/cancel/", dry_run.cancel, name="dry_run_cancel"),
    path("settings/routing/dry-run/<int:pk>/examples/", dry_run.examples, name="dry_run_examples"),
]
