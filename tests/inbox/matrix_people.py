"""What the addresses of colleagues, their log-ins and presence answer to everybody; for the matrix in test_pages.py."""

from uuid import uuid4

from people import invitations

# anonymous, charlie, alice, mia, adam
_PAGE, _DONE = [302, 403, 403, 200, 200], [302, 403, 403, 302, 302]

_ADMINS, _ADMINS_DO = [302, 403, 403, 403, 200], [302, 403, 403, 403, 302]
_NOT_READ = [302, 405, 405, 405, 405]

GET = {
    **dict.fromkeys(("people", "person", "person_give"), _PAGE),
    "presence": _NOT_READ,
    **dict.fromkeys(("person_invite", "person_account", "person_switch", "company", "welcome"), _ADMINS),
    **dict.fromkeys(("invitation_renew", "invitation_withdraw", "person_reset", "person_log_out"), _NOT_READ),
    **dict.fromkeys(("person_take_factor", "welcome_skip", "welcome_put_away"), _NOT_READ),
    # Who is logged in is told to log out first.
    "join": [200, 200, 200, 200, 200],
    "security": [302, 200, 200, 200, 200],
    **dict.fromkeys(("session_end", "sessions_end"), _NOT_READ),
    "mfa_index": [302, 302, 302, 302, 302],
    # A password is asked for first.
    **dict.fromkeys(("mfa_activate_totp", "mfa_generate_recovery_codes"), [302, 302, 302, 302, 302]),
    # Nobody of the cast has a second factor.
    "mfa_authenticate": [302, 302, 302, 302, 302],
    "mfa_reauthenticate": [302, 302, 302, 302, 302],
    **dict.fromkeys(("mfa_deactivate_totp", "mfa_view_recovery_codes"), [302, 404, 404, 404, 404]),
    "mfa_download_recovery_codes": [302, 404, 404, 404, 404],
}
# Its numbers are missing: the form comes again.
POST = {
    **dict.fromkeys(("people", "person_give"), _DONE),
    "person": [302, 403, 403, 422, 422],
    "presence": [302, 302, 302, 302, 302],
    # The link, which is shown in the answer and nowhere else.
    **dict.fromkeys(("person_invite", "invitation_renew", "person_reset"), _ADMINS),
    **dict.fromkeys(("invitation_withdraw", "person_switch", "person_log_out", "person_take_factor"), _ADMINS_DO),
    **dict.fromkeys(("company", "welcome_skip", "welcome_put_away"), _ADMINS_DO),
    "join": [302, 200, 200, 200, 200],
    **dict.fromkeys(("session_end", "sessions_end"), [302, 302, 302, 302, 302]),
    **dict.fromkeys(("mfa_activate_totp", "mfa_generate_recovery_codes"), [302, 302, 302, 302, 302]),
    **dict.fromkeys(("mfa_authenticate", "mfa_reauthenticate"), [302, 302, 302, 302, 302]),
    "mfa_deactivate_totp": [302, 404, 404, 404, 404],
}
# These have nothing in their address that could be missing.
WHOLE = {
    "people",
    "presence",
    "person_invite",
    "company",
    "welcome_put_away",
    # They end what is there, and twice is once.
    "session_end",
    "sessions_end",
    # These send whoever asks for a password first, or have none but one's own in view.
    "mfa_activate_totp",
    "mfa_authenticate",
    "mfa_deactivate_totp",
    "mfa_generate_recovery_codes",
    "mfa_reauthenticate",
}


def addresses(cast):
    """The arguments of each address, all about bob, and about somebody who is invited."""
    bob = ("person", "person_give", "person_account", "person_switch", "person_reset", "person_log_out")
    invitation, token = invitations.make(name="Nora", email="", role="agent", departments=[], by=cast.adam)
    return {
        **dict.fromkeys((*bob, "person_take_factor"), {"pk": cast.bob.pk}),
        **dict.fromkeys(("invitation_renew", "invitation_withdraw"), {"pk": invitation.pk}),
        "join": {"token": token},
        "session_end": {"uuid": uuid4()},
    }


def bodies():
    """What is posted so that something is done."""
    password = "moss-green-touring-5"
    return {
        "presence": {"state": "away"},
        "person_invite": {"name": "Olaf", "role": "agent"},
        "company": {"name": "Halden Motors"},
        "welcome_skip": {"step": "people"},
        "join": {"name": "Nora", "username": "nora", "password": password, "again": password},
    }
