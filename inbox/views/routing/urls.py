"""The addresses of how messages are routed, under /settings/."""

from django.urls import URLPattern

from inbox.views.routing import urls_rules

urlpatterns: list[URLPattern] = [*urls_rules.urlpatterns]
