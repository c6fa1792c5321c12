"""The second factor of log-ins: what telephones and recovery codes are checked against, sealed by our own keyring."""

from typing import Any

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from connectors import credentials
from connectors.protocol import ConnectorError
from people import company

SUBJECT = "second_factor"


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Seals secrets, and names the company where a telephone lists its codes."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is not right. Wait for the next one and enter it."),
        "cannot_delete_authenticator": _("Your company asks everybody for a second factor, so it stays."),
    }

    def encrypt(self, text: str) -> str:
        """Sealed under the newest key."""
        return credentials.seal(SUBJECT, {"secret": text})

    def decrypt(self, encrypted_text: str) -> str:
        """What was sealed. Raises ConnectorError where no key opens it."""
        return str(credentials.unseal(SUBJECT, encrypted_text)["secret"])

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Nobody takes their own away where everybody needs one."""
        return not company.load().needs_second_factor

    def get_totp_issuer(self) -> str:
        """The company's name."""
        return company.load().title.replace(":", " ")

    def get_totp_label(self, user: Any) -> str:
        """What they log in with."""
        return str(user.username)


class SetUpForm(ActivateTOTPForm):  # type: ignore[misc]
    """Asks for the first code. Until it comes the secret waits in the session, which lies in the database: sealed."""

    def __init__(self, *args: Any, **options: Any) -> None:
        session, adapter = context.request.session, Adapter()
        if sealed := session.pop(SECRET_SESSION_KEY, ""):
            try:
                session[SECRET_SESSION_KEY] = adapter.decrypt(sealed)
            except ConnectorError:
                # Under a key that is gone: another secret is made, and no code of the one before is right any more.
                session.pop(SECRET_SESSION_KEY, None)
        super().__init__(*args, **options)
        session[SECRET_SESSION_KEY] = adapter.encrypt(self.secret)


def rotate() -> int:
    """Seal all second factors under the newest key; those that no key opens stay as they are. Returns how many."""
    adapter, sealed = Adapter(), 0
    for pk in Authenticator.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=pk).first()
            secret = next((name for name in ("secret", "seed") if row is not None and name in row.data), None)
            if secret is None:
                continue
            try:
                row.data[secret] = adapter.encrypt(adapter.decrypt(row.data[secret]))
            except ConnectorError:
                continue
            row.save(update_fields=["data"])
            sealed += 1
    return sealed
