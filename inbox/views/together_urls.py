"""The addresses of what departments share about a conversation."""

from django.urls import path

from inbox.views import together

urlpatterns = [
    path("c/<int:pk>/together/", together.show, name="together"),
    path("c/<int:pk>/ask/", together.ask, name="ask"),
    path("c/<int:pk>/leave/", together.leave, name="leave"),
    path("c/<int:pk>/back/", together.hand_back, name="hand_back"),
    path("c/<int:pk>/link/", together.link, name="link"),
    path("c/<int:pk>/unlink/", together.unlink, name="unlink"),
    path("c/<int:pk>/follow/", together.follow, name="follow"),
    path("contacts/<int:pk>/follow/", together.follow_person, name="contact_follow"),
]
