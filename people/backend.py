"""Who a session belongs to."""

from allauth.account.auth_backends import AuthenticationBackend

from people.company import with_company
from people.models import User


class Backend(AuthenticationBackend):  # type: ignore[misc]
    """Logs in by user name and password, and brings a colleague with what every page shows of them."""

    def get_user(self, user_id: int) -> User | None:
        """The colleague, whether they are there, and what is known of the company, with one statement."""
        everybody = with_company(User.objects.select_related("presence"))
        user = everybody.filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
