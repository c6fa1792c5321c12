"""The addresses of what colleagues are told."""

from django.urls import path

from inbox.views import notifications

urlpatterns = [
    path("notifications/", notifications.index, name="notifications"),
    path("notifications/count/", notifications.count, name="notifications_count"),
    path("notifications/read/", notifications.read, name="notifications_read"),
    path("notifications/<int:pk>/", notifications.follow, name="notification"),
    path("settings/me/notifications/", notifications.choose, name="my_notifications"),
    path("settings/me/notifications/try/", notifications.try_mail, name="notifications_try"),
]
