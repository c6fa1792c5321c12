"""The addresses of how messages are routed, under /settings/."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
