"""The addresses of deadlines, steps and hours."""

from django.urls import URLPattern, path

from inbox.views.routing import deadlines, hours

urlpatterns: list[URLPattern] = [
    path("settings/deadlines/", deadlines.index, name="deadlines"),
    path("settings/deadlines/exceptions/new/", deadlines.exception, name="deadline_exception"),
    path(
        "settings/deadlines/exceptions/<int:pk>/remove/", deadlines.exception_remove, name="deadline_exception_remove"
    ),
    path("settings/deadlines/steps/new/", deadlines.step_new, name="deadline_step_new"),
    path("settings/deadlines/steps/<int:pk>/", deadlines.step, name="deadline_step"),
    path("settings/deadlines/steps/<int:pk>/switch/", deadlines.step_switch, name="deadline_step_switch"),
    path("settings/deadlines/steps/<int:pk>/remove/", deadlines.step_remove, name="deadline_step_remove"),
    path("settings/deadlines/of/<slug:slug>/", deadlines.department, name="deadline_department"),
    path("settings/hours/", hours.index, name="hours"),
    path("settings/hours/new/", hours.new, name="hours_new"),
    path("settings/hours/<int:pk>/", hours.edit, name="hours_of"),
    path("settings/hours/<int:pk>/remove/", hours.remove, name="hours_remove"),
]
