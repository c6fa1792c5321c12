"""The addresses of invitations, of colleagues' log-ins, of the company and of its set-up."""

from django.urls import URLPattern, path

from inbox.views.people import account, company, invitations, welcome

urlpatterns: list[URLPattern] = [
    path("settings/people/invite/", invitations.new, name="person_invite"),
    path("settings/people/invitations/<int:pk>/renew/", invitations.renew, name="invitation_renew"),
    path("settings/people/invitations/<int:pk>/withdraw/", invitations.withdraw, name="invitation_withdraw"),
    path("settings/people/<int:pk>/account/", account.show, name="person_account"),
    path("settings/people/<int:pk>/account/switch/", account.switch, name="person_switch"),
    path("settings/people/<int:pk>/account/password/", account.reset, name="person_reset"),
    path("settings/people/<int:pk>/account/log-out/", account.log_out, name="person_log_out"),
    path("settings/people/<int:pk>/account/second-factor/", account.take_factor, name="person_take_factor"),
    path("settings/company/", company.index, name="company"),
    path("welcome/", welcome.show, name="welcome"),
    path("welcome/skip/", welcome.skip, name="welcome_skip"),
    path("welcome/later/", welcome.put_away, name="welcome_put_away"),
]
