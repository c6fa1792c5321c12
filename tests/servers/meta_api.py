"""The answers of the stand-in for Meta: routes, paging, tokens and errors of the Graph API as documented."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from tests.servers.meta_fields import parse, pick
from tests.servers.meta_world import APP, APP_SECRET, IG, PAGE, PAGE_TOKEN, USER_TOKEN, World
from tests.servers.serving import Answer

Json = dict[str, Any]


class Refusal(Exception):
    """Carries an error out of the depths."""

    def __init__(self, code: int, message: str, *, status: int = 400, **more: Any) -> None:
        super().__init__(message)
        self.answer = Answer(status, error(code, message, **more))


def error(code: int, message: str, subcode: int = 0, **more: Any) -> Json:
    """An error as the Graph API writes it."""
    told = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "AbCdEf0123", **more}
    return {"error": told | ({"error_subcode": subcode} if subcode else {})}


def absent(thing_id: str) -> Refusal:
    """What Meta says of whatever it does not show: that it is not there, or not for this token."""
    words = (
        f"Unsupported get request. Object with ID '{thing_id}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation"
    )
    return Refusal(100, words, subcode=33)


class Api:
    """`proof`: whether calls must carry an appsecret_proof. `ratings`: whether this version still has them. `most`: how
    much one page of a list holds, whatever was asked for."""

    def __init__(self, world: World, *, proof: bool = False, ratings: bool = False, most: int = 100) -> None:
        self.world, self.proof, self.ratings, self.most = world, proof, ratings, most
        self.usage: Json | None = None
        self.codes: dict[str, Json] = {}

    def answer(self, method: str, path: str, given: Json) -> Answer:
        """What Meta says; `given` is query and form together."""
        found = re.fullmatch(r"/(v\d+\.\d+)/(.*)", path)
        headers = {"x-business-use-case-usage": json.dumps(self.usage)} if self.usage else {}
        if found is None:
            return Answer(400, error(2500, "Unknown path components"), headers)
        try:
            body = self._route(method, found[2].strip("/"), given)
        except Refusal as refused:
            return Answer(refused.answer.status, refused.answer.body, headers)
        return body if isinstance(body, Answer) else Answer(200, body, headers)

    def _route(self, method: str, path: str, given: Json) -> Any:
        if path == "dialog/oauth":
            return self._dialog(given)
        if path == "oauth/access_token":
            return self._exchange(given)
        token = given.get("access_token", "")
        if token == f"{APP}|{APP_SECRET}":
            return self._as_app(method, path, given)
        known = self.world.tokens.get(token)
        if known is None:
            words = "Error validating access token: The session has been invalidated."
            raise Refusal(190, words, status=401, subcode=460)
        expected = hmac.new(APP_SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()
        proof = given.get("appsecret_proof")
        if (self.proof or proof) and proof != expected:
            raise Refusal(100, "Invalid appsecret_proof provided in the API argument")
        if known["type"] == "USER":
            return self._as_person(method, path, given)
        return self._as_page(method, path, given)

    # Tokens

    def _dialog(self, given: Json) -> Answer:
        code = f"code-{len(self.codes)}"
        self.codes[code] = given
        back = urlencode({"code": code, "state": given.get("state", "")})
        return Answer(302, "", {"Location": f"{given.get('redirect_uri')}?{back}"})

    def _exchange(self, given: Json) -> Json:
        if (given.get("client_id"), given.get("client_secret")) != (APP, APP_SECRET):
            raise Refusal(1, "Error validating client secret.")
        if given.get("grant_type") == "fb_exchange_token":
            if given.get("fb_exchange_token") != "short-token":
                raise Refusal(190, "Error validating access token")
            return {"access_token": USER_TOKEN, "token_type": "bearer", "expires_in": 5183944}
        asked = self.codes.pop(given.get("code", ""), None)
        if asked is None:
            raise Refusal(100, "This authorization code has been used.", subcode=36009)
        if asked["redirect_uri"] != given.get("redirect_uri"):
            raise Refusal(100, "Error validating verification code. Please make sure your redirect_uri is identical")
        return {"access_token": "short-token", "token_type": "bearer", "expires_in": 3600}

    def _as_app(self, method: str, path: str, given: Json) -> Any:
        if path == "debug_token":
            known = self.world.tokens.get(given.get("input_token", ""))
            if known is None:
                told = {"code": 190, "message": "The session has been invalidated.", "subcode": 460}
                return {"data": {"is_valid": False, "scopes": [], "error": told}}
            return {"data": {"app_id": APP, "is_valid": True, "user_id": "42", **known}}
        if path != f"{APP}/subscriptions":
            raise Refusal(10, "This call needs another token")
        if method == "GET":
            return {"data": list(self.world.subscriptions.values())}
        if method == "DELETE":
            self.world.subscriptions.pop(given.get("object", ""), None)
            return {"success": True}
        fields = [{"name": name, "version": "v26.0"} for name in given["fields"].split(",")]
        told = {"object": given["object"], "callback_url": given["callback_url"], "active": True, "fields": fields}
        self.world.subscriptions[given["object"]] = told
        return {"success": True}

    def _as_person(self, method: str, path: str, given: Json) -> Any:
        match method, path:
            case "GET", "me/accounts":
                return self._page(self.world.pages, given)
            case "GET", "me":
                for name in parse(given.get("fields", "")):
                    if name not in ("id", "name"):
                        words = f"(#100) Tried accessing nonexisting field ({name}) on node type (User)"
                        raise Refusal(100, words)
                return {"id": "42", "name": "Alice"}
            case "DELETE", "me/permissions":
                self.world.tokens.pop(given["access_token"], None)
                return {"success": True}
        raise absent(path)

    # The Page's token

    def _as_page(self, method: str, path: str, given: Json) -> Any:
        fixed: dict[tuple[str, str], Callable[[Json], Any]] = {
            ("GET", ""): self._many,
            ("GET", "me/conversations"): self._conversations,
            ("GET", "me/subscribed_apps"): self._subscribed,
            ("POST", "me/subscribed_apps"): self._subscribe,
            ("DELETE", "me/subscribed_apps"): self._unsubscribe,
            ("POST", "me/messages"): self._send,
            ("POST", f"{IG}/mentions"): self._answer_mention,
        }
        if (method, path) in fixed:
            return fixed[method, path](given)
        first, _, edge = path.partition("/")
        first = PAGE if first == "me" else first
        if edge and method == "POST":
            return self._comment(first, edge, given)
        return self._edge(first, edge, given) if edge else self._thing(first, given)

    def _thing(self, thing_id: str, given: Json) -> Json:
        asked = parse(given.get("fields", "id,name"))
        if thing_id == PAGE:
            page: Json = {
                **self.world.page,
                "instagram_business_account": self.world.pages[0].get("instagram_business_account"),
            }
            return dict(pick(page, asked))
        if thing_id == IG:
            return self._mentioned(given.get("fields", ""))
        if thing_id in self.world.people:
            if "first_name" in self.world.people[thing_id].get("hidden", ()):
                raise Refusal(100, "No profile available for this user.", subcode=2018218)
            return dict(pick(self.world.people[thing_id], asked))
        if thing_id not in self.world.things:
            raise absent(thing_id)
        return self._shown(self.world.things[thing_id], given.get("fields", "id"))

    def _mentioned(self, fields: str) -> Json:
        found = re.fullmatch(r"(mentioned_\w+)\.\w+_id\((\w+)\)\{(.*)\}", fields)
        if found is None:
            return dict(pick(self.world.ig, parse(fields or "id")))
        thing = self.world.things.get(found[2])
        if thing is None:
            raise absent(found[2])
        return {found[1]: pick(thing, parse(found[3])), "id": IG}

    def _many(self, given: Json) -> Json:
        ids = [one for one in given.get("ids", "").split(",") if one]
        missing = [one for one in ids if one not in self.world.things]
        if missing or len(ids) > 50:
            words = f"(#803) Some of the aliases you requested do not exist: {','.join(missing)}"
            raise Refusal(803, words, status=404)
        return {one: self._thing(one, given) for one in ids}

    def _shown(self, thing: Json, fields: str) -> Json:
        """A thing with the edges that were asked for."""
        asked, full = parse(fields), dict(thing)
        full.pop("post", None)
        for name in ("comments", "replies", "messages"):
            if name in asked:
                modifiers = asked[name][0]
                things = self.world.listed(f"{thing['id']}/{name}")
                shown = things[: int(modifiers.get("limit", 25))]
                full[name] = {"data": shown} | (
                    {"summary": {"total_count": len(things)}} if "summary" in modifiers else {}
                )
        if thing["id"].startswith("179") and "comments_count" in asked:
            full["comments_count"] = self._count(thing["id"])
        if not full.get("replies", {}).get("data", True):
            full.pop("replies")
        if isinstance(full.get("media"), str):
            medium = self.world.things.get(full["media"])
            full["media"] = medium and {name: medium[name] for name in ("id", "caption", "permalink", "username")}
        return dict(pick(full, asked))

    def _count(self, media_id: str) -> int:
        comments = self.world.listed(f"{media_id}/comments")
        return len(comments) + sum(len(self.world.listed(f"{one['id']}/replies")) for one in comments)

    def _edge(self, first: str, edge: str, given: Json) -> Json:
        if edge == "ratings" and not self.ratings:
            raise Refusal(12, "(#12) recommendation is deprecated for versions v22.0 and higher")
        if first not in (PAGE, IG) and first not in self.world.things:
            raise absent(first)
        things = self.world.listed(f"{first}/{edge}")
        if edge == "comments" and given.get("order") != "reverse_chronological" and not first.startswith("179"):
            things.reverse()
        if edge == "messages":
            things = things[:20]
        return self._page(things, given)

    def _page(self, things: list[Json], given: Json) -> Json:
        start = 0
        if given.get("after"):
            try:
                last = base64.urlsafe_b64decode(given["after"]).decode()
                start = [one["id"] for one in things].index(last) + 1
            except ValueError:
                raise Refusal(100, "(#100) Invalid cursors values", subcode=33) from None
        limit = min(int(given.get("limit", 25)), self.most)
        shown = things[start : start + limit]
        body: Json = {"data": [self._shown(one, given.get("fields", "id,created_time")) for one in shown]}
        if shown:
            after = base64.urlsafe_b64encode(shown[-1]["id"].encode()).decode()
            body["paging"] = {"cursors": {"before": "QVFI", "after": after}}
            if start + limit < len(things):
                body["paging"]["next"] = f"https://graph.facebook.com/next?access_token={PAGE_TOKEN}&after={after}"
        return body

    def _conversations(self, given: Json) -> Json:
        things = self.world.listed(f"conversations/{given.get('platform', 'messenger')}")
        if given.get("user_id"):
            things = [one for one in things if one["person"] == given["user_id"]]
        return self._page(things, given)

    # Changes

    def _subscribed(self, given: Json) -> Json:
        mine = {"id": APP, "name": "SocialCRM", "subscribed_fields": list(self.world.subscribed)}
        return {"data": [mine] if self.world.subscribed else []}

    def _subscribe(self, given: Json) -> Json:
        self.world.subscribed = given["subscribed_fields"].split(",")
        return {"success": True}

    def _unsubscribe(self, given: Json) -> Json:
        self.world.subscribed = []
        return {"success": True}

    def _comment(self, first: str, edge: str, given: Json) -> Json:
        above = self.world.things.get(first)
        if above is None:
            raise absent(first)
        message = given.get("message", "")
        if edge == "comments":
            if len(message) > 8000:
                raise Refusal(100, "(#100) Param message is too long")
            made = self.world.comment(above, message, self.world.page)
        elif edge == "replies":
            if above.get("hidden") or "parent_id" in above:
                raise Refusal(100, "(#100) Invalid parameter")
            made = self.world.ig_comment(above, message, self.world.ig)
        else:
            raise absent(f"{first}/{edge}")
        self.world.sent.append(made)
        return {"id": made["id"]}

    def _answer_mention(self, given: Json) -> Json:
        if given.get("media_id") not in self.world.things:
            raise absent(str(given.get("media_id")))
        made = {"id": f"178{self.world.next_id()}", "text": given["message"], "to": given.get("comment_id")}
        self.world.sent.append(self.world.put(made))
        return {"id": made["id"]}

    def _send(self, given: Json) -> Json:
        person_id, words = json.loads(given["recipient"])["id"], json.loads(given["message"])["text"]
        above = json.loads(given["reply_to"])["mid"] if "reply_to" in given else ""
        if above and above not in self.world.things:
            raise Refusal(100, "(#100) Param reply_to[mid] must be a message of this conversation")
        platform = "instagram" if f"t_instagram_{person_id}" in self.world.things else "messenger"
        if person_id not in self.world.people:
            raise Refusal(100, "(#100) No matching user found", subcode=2018001)
        limit = len(words.encode()) > 1000 if platform == "instagram" else len(words) > 2000
        if limit:
            raise Refusal(100, "(#100) Length of param message[text] must be less than or equal to 2000")
        tagged = (given.get("messaging_type"), given.get("tag")) == ("MESSAGE_TAG", "HUMAN_AGENT")
        if not self.world.is_open(person_id, platform, tagged=tagged):
            words = "(#10) This message is sent outside of allowed window."
            raise Refusal(10, words, subcode=2018278)
        more = {"reply_to": {"mid": above}} if above else {}
        made = self.world.message(self.world.people[person_id], words, ours=True, platform=platform, **more)
        self.world.sent.append(made)
        return {"recipient_id": person_id, "message_id": made["id"]}
