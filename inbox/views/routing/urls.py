"""The addresses of how messages are routed, under /settings/."""

from django.urls import URLPattern

from inbox.views.routing import urls_dry_run, urls_explanation, urls_learning, urls_rules

urlpatterns: list[URLPattern] = [
    *urls_dry_run.urlpatterns,
    *urls_explanation.urlpatterns,
    *urls_rules.urlpatterns,
    *urls_learning.urlpatterns,
]
