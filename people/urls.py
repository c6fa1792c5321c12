"""The addresses of colleagues' own pages. None yet: logging in and out stands in socialcrm/urls.py."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
