"""The addresses of what concerns colleagues. Logging in and out stands in socialcrm/urls.py."""

from django.urls import path

from people import views

urlpatterns = [path("settings/departments/", views.departments, name="departments")]
