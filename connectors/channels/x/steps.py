"""What the Test button tries on X, one thing after the other."""

from collections.abc import Callable, Mapping, Sequence

from connectors.channels.x import tokens
from connectors.channels.x.budget import Budget
from connectors.channels.x.client import Answer, Client, user_of
from connectors.channels.x.errors import Refusal
from connectors.protocol import Account, ConnectorError, Step

_READ_ONLY = ("read",)
_NO_DIRECT = ("read", "read-write")


class Test:
    """The steps for one channel. `ask_user` finds the channel's account on X."""

    def __init__(
        self, account: Account, client: Client, budget: Budget, ask_user: Callable[[], Mapping[str, str]]
    ) -> None:
        self._account, self._client, self._budget, self._ask = account, client, budget, ask_user
        self._user: Mapping[str, str] = {}

    def steps(self) -> Sequence[Step]:
        """Those that make sense for the channel."""
        settings = self._account.settings
        steps = [
            Step(label="Reached X", run=self._reach),
            Step(label="Bearer token accepted, account found", run=self._ask_user),
            Step(label="Can read mentions", run=self._read_mentions),
        ]
        if settings.get("query"):
            steps.append(Step(label="Can search for the watch-word", run=self._search))
        if self._client.can_post:
            steps.append(Step(label="The user keys belong to the account", run=self.belong))
            steps.append(Step(label="Can reply", run=self._may_write))
        if settings.get("direct"):
            steps.append(Step(label="Can read direct messages", run=self.read_direct))
        return steps

    def belong(self) -> Answer:
        """That replies would be the account's. Raises ConnectorError."""
        user, answer = self._ask_user(), self._client.get("/2/users/me", {}, as_user=True)
        me = user_of(answer)
        if me["id"] != user["id"]:
            message = f"The user keys belong to @{me['username']}, the channel to @{user['username']}."
            remedy = "Use keys that were made for the channel's account, or change its user name."
            raise ConnectorError(message, remedy=remedy, permanent=True)
        return answer

    def read_direct(self) -> None:
        """Raises ConnectorError."""
        if not self._client.can_post:
            message = "Direct messages need the account's own keys."
            remedy = "Sign in at X, or add the four user keys, or switch direct messages off."
            raise ConnectorError(message, remedy=remedy, permanent=True)
        self._client.get("/2/dm_events", {"max_results": "1"}, as_user=True)

    def _ask_user(self) -> Mapping[str, str]:
        """Once: X charges for it."""
        self._user = self._user or self._ask()
        return self._user

    def _reach(self) -> None:
        try:
            self._ask_user()
        except Refusal as error:
            # Whoever answers was reached.
            if error.status >= 500:
                raise
        except ConnectorError as error:
            if not error.remedy or "user name" not in error.remedy:
                raise

    def _read_mentions(self) -> None:
        self._budget.check()
        answer = self._client.get(f"/2/users/{self._ask_user()['id']}/mentions", {"max_results": "5"})
        self._count("own_posts", answer)

    def _search(self) -> None:
        self._budget.check()
        params = {"max_results": "10", "query": str(self._account.settings.get("query"))}
        self._count("posts", self._client.get("/2/tweets/search/recent", params))

    def _count(self, meter: str, answer: Answer) -> None:
        found = answer.body.get("data")
        self._budget.took(meter, len(found) if isinstance(found, list) else 0)

    def _may_write(self) -> None:
        """X tells of OAuth 1.0a keys what they may do, and of tokens which scopes were granted."""
        remedy = "Choose “Read and write” in the app's settings on X, then make new keys, or sign in again."
        if missing := tokens.missing_scopes(self._account):
            message = f"The account did not grant: {', '.join(missing)}."
            raise ConnectorError(message, remedy=tokens.SIGN_IN_AGAIN, permanent=True)
        access = self._client.get("/2/users/me", {}, as_user=True).access
        too_little = _NO_DIRECT if self._account.settings.get("direct") else _READ_ONLY
        if access in too_little:
            what = "write direct messages" if access != "read" else "write"
            raise ConnectorError(f"The access token may {access}, and not {what}.", remedy=remedy, permanent=True)
