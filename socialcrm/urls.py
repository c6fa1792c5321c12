"""Every address of the product. Each app brings its own; what is nobody's stands here."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from socialcrm import health, joining, login, security

handler500 = "socialcrm.errors.failed"

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    # Not all of allauth: signing up and resetting by mail are no ways into this product.
    path("login/", login.login, name="account_login"),
    path("login/code/", login.confirm, name="mfa_authenticate"),
    path("logout/", account.logout, name="account_logout"),
    path("login/inactive/", account.account_inactive, name="account_inactive"),
    path("login/again/", account.reauthenticate, name="account_reauthenticate"),
    path("login/again/code/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("password/", security.PasswordView.as_view(), name="account_change_password"),
    path("join/<str:token>/", joining.join, name="join"),
    path("settings/me/security/", security.show, name="security"),
    path("settings/me/security/sessions/end/", security.end_others, name="sessions_end"),
    path("settings/me/security/sessions/<uuid:uuid>/end/", security.end, name="session_end"),
    # allauth leads back to this one.
    path("settings/me/security/factor/", RedirectView.as_view(pattern_name="security"), name="mfa_index"),
    path("settings/me/security/factor/new/", security.ActivateView.as_view(), name="mfa_activate_totp"),
    path("settings/me/security/factor/remove/", security.DeactivateView.as_view(), name="mfa_deactivate_totp"),
    path("settings/me/security/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("settings/me/security/codes/new/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("settings/me/security/codes/file/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("favicon.ico", login_not_required(RedirectView.as_view(url="/static/icon.svg")), name="favicon"),
    path("", include("connectors.urls")),
    path("", include("inbox.urls")),
]
