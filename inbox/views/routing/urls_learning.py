"""The addresses of learning from corrections."""

from django.urls import path

from inbox.views import similar
from inbox.views.routing import quality

urlpatterns = [
    path("c/<int:pk>/similar/", similar.alike, name="similar"),
    path("settings/routing/quality/", quality.show, name="quality"),
    path("settings/routing/quality/box/", quality.box, name="quality_box"),
    path("settings/routing/quality/models/", quality.models, name="quality_models"),
    path("settings/routing/quality/learn/", quality.learn, name="quality_learn"),
    path("settings/routing/quality/models/<int:pk>/", quality.back, name="quality_back"),
    path("settings/routing/quality/examples/<int:pk>/withdraw/", quality.withdraw, name="quality_withdraw"),
]
