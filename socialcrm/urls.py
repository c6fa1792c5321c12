"""Every address of the product. Each app brings its own; what is nobody's stands here."""

from allauth.account import views as account
from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from socialcrm import health, login

handler500 = "socialcrm.errors.failed"

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    # Not all of allauth: signing up and resetting by mail are no ways into this product.
    path("login/", login.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("login/inactive/", account.account_inactive, name="account_inactive"),
    path("login/again/", account.reauthenticate, name="account_reauthenticate"),
    path("password/", account.password_change, name="account_change_password"),
    path("favicon.ico", login_not_required(RedirectView.as_view(url="/static/icon.svg")), name="favicon"),
    path("", include("connectors.urls")),
    path("", include("inbox.urls")),
]
