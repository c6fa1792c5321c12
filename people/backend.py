"""Who a session belongs to."""

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import QuerySet

from people import sessions
from people.company import with_company
from people.models import User
from people.statements import Statement


class Backend(AuthenticationBackend):  # type: ignore[misc]
    """Logs in by user name and password, and brings a colleague with what every page shows of them."""

    def get_user(self, user_id: int) -> User | None:
        """The colleague, whether they are there, and what is known of the company: as their session brought them, else
        with one statement."""
        user = sessions.brought(user_id) or next(iter(_COLLEAGUE(user=user_id)), None)
        return user if user and self.user_can_authenticate(user) else None


def _colleague(user: int) -> QuerySet[User]:
    return with_company(User.objects.select_related("presence")).filter(pk=user)


_COLLEAGUE = Statement(_colleague)
