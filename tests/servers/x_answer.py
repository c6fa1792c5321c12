"""An answer of the stand-in for X, the faults that can be done to it, and X's ways of saying no."""

from dataclasses import dataclass, replace
from typing import Any

from tests.servers import serving


def problem(status: int, title: str, detail: str = "", **more: Any) -> dict[str, Any]:
    """An error as X writes it."""
    return {"title": title, "detail": detail or title, "type": "about:blank", "status": status, **more}


@dataclass(frozen=True)
class Answer(serving.Answer):
    """One that can be changed."""

    def _with(self, data: list[Any], **meta: Any) -> "Answer":
        body = {**self.body, "data": data, "meta": {**self.body.get("meta", {}), "result_count": len(data), **meta}}
        if not data:
            del body["data"]
        return replace(self, body=body)

    def with_more(self, other: "Answer", count: int) -> "Answer":
        """With the last `count` items of another page before its own."""
        return self._with([*other.body["data"][-count:], *self.body.get("data", ())])

    def with_items(self, items: list[Any]) -> "Answer":
        """With foreign things among its own."""
        data = self.body.get("data", [])
        return self._with([*data[:1], *items, *data[1:]])

    def shrunk(self, keep: int, *, token: bool) -> "Answer":
        """With its newest `keep` items only, while `meta` goes on about all of them."""
        answer = self._with(self.body.get("data", [])[:keep])
        if not token:
            answer.body["meta"].pop("next_token", None)
        return answer


class Refusal(Exception):
    """Carries an error answer out of the depths."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(status)
        self.answer = Answer(status, body)


def invalid(name: str, message: str) -> dict[str, Any]:
    """The 400 for a parameter."""
    return {
        "errors": [{"parameters": {name: []}, "message": message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": "https://api.twitter.com/2/problems/invalid-request",
    }


def not_found(kind: str, name: str, value: str) -> dict[str, Any]:
    """The entry of `errors` for what is not there, in an answer with status 200."""
    return {
        "value": value,
        "detail": f"Could not find {kind} with {name}: [{value}].",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": name,
        "resource_id": value,
        "type": "https://api.twitter.com/2/problems/resource-not-found",
    }
