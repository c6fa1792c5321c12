"""The XRPC methods of the stand-in for Bluesky: sessions, posts, notifications, search and direct messages."""

import base64
import json
import time
from collections.abc import Callable, Mapping

from tests.servers.bluesky_views import Views
from tests.servers.bluesky_world import POST, Json, World, cid_of, sort_at

CHAT = "did:web:api.bsky.chat#bsky_chat"
Query = Mapping[str, list[str]]


class Refusal(Exception):
    """Carries an error answer out of the depths."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status, self.body = status, {"error": error, "message": message}


def invalid(message: str, error: str = "InvalidRequest") -> Refusal:
    """The 400 of XRPC."""
    return Refusal(400, error, message)


class Api:
    """Answers for one PDS, the network's view behind it and the chat service behind that."""

    def __init__(self, world: World, *, lifetime: int = 7200, has_chat: bool = True) -> None:
        self.world, self.views = world, Views(world)
        self.lifetime, self.has_chat = lifetime, has_chat
        self.access: dict[str, str] = {}
        self.refresh: dict[str, str] = {}
        self.url = ""
        self.service = ""
        self._made = 0

    def answer(self, method: str, verb: str, query: Query, body: bytes, headers: Mapping[str, str]) -> Json:
        """The body of a success. Raises Refusal."""
        name = method.replace(".", "_")
        known: Callable[..., Json] | None = getattr(self, name, None)
        if known is None or not method.startswith(("com.atproto.", "app.bsky.", "chat.bsky.")):
            raise Refusal(501, "MethodNotImplemented", "Method Not Implemented")
        token = headers.get("authorization", "").removeprefix("Bearer ")
        with self.world.lock:
            if method == "com.atproto.server.createSession":
                return known(json.loads(body))
            if method in ("com.atproto.server.refreshSession", "com.atproto.server.deleteSession"):
                return known(token)
            self._authenticate(token)
            if method.startswith("chat.bsky."):
                self._admit(token, headers.get("atproto-proxy", ""))
            if method == "com.atproto.repo.uploadBlob":
                return known(body, headers.get("content-type", ""))
            return known(json.loads(body)) if verb == "POST" else known(query)

    def end_sessions(self) -> None:
        """Access tokens are over; refresh tokens still work."""
        self.access.clear()

    def _authenticate(self, token: str) -> None:
        if not token:
            raise Refusal(401, "AuthMissing", "Authentication Required")
        if token not in self.access:
            raise invalid("Token has expired", "ExpiredToken")

    def _admit(self, token: str, proxy: str) -> None:
        if not self.has_chat or proxy != CHAT:
            raise Refusal(501, "MethodNotImplemented", "Method Not Implemented")
        if self.access[token] == "com.atproto.appPass":
            raise invalid("Bad token method", "InvalidToken")

    # com.atproto.server

    def com_atproto_server_createSession(self, body: Json) -> Json:
        brand = self.world.accounts[self.world.brand]
        scope = self.world.passwords.get(body["password"])
        if body["identifier"] not in (brand["did"], brand["handle"]) or scope is None:
            raise Refusal(401, "AuthenticationRequired", "Invalid identifier or password")
        return self._session(scope)

    def com_atproto_server_refreshSession(self, token: str) -> Json:
        scope = self.refresh.pop(token, None)
        if scope is None:
            raise invalid("Token has been revoked", "ExpiredToken")
        return self._session(scope)

    def com_atproto_server_deleteSession(self, token: str) -> Json:
        if self.refresh.pop(token, None) is None:
            raise invalid("Token has expired", "ExpiredToken")
        self.access.clear()
        return {}

    def com_atproto_server_getSession(self, query: Query) -> Json:
        brand = self.world.accounts[self.world.brand]
        return {"handle": brand["handle"], "did": brand["did"], "active": True}

    def _session(self, scope: str) -> Json:
        brand = self.world.accounts[self.world.brand]
        access, refresh = self._token(scope), self._token("com.atproto.refresh")
        self.access[access] = self.refresh[refresh] = scope
        service = {
            "id": "#atproto_pds",
            "type": "AtprotoPersonalDataServer",
            "serviceEndpoint": self.service or self.url,
        }
        return {
            "accessJwt": access,
            "refreshJwt": refresh,
            "handle": brand["handle"],
            "did": brand["did"],
            "didDoc": {"id": brand["did"], "service": [service]},
            "active": True,
        }

    def _token(self, scope: str) -> str:
        self._made += 1
        claims = {"scope": scope, "sub": self.world.brand, "iat": int(time.time()), "jti": str(self._made)}
        parts = ({"typ": "at+jwt"}, claims | {"exp": claims["iat"] + self.lifetime}, "signature")
        return ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts)

    # com.atproto.repo, com.atproto.identity

    def com_atproto_repo_createRecord(self, body: Json) -> Json:
        key = body.get("rkey") or self.world.tid()
        if body["repo"] != self.world.brand:
            raise Refusal(401, "AuthenticationRequired", "Authentication Required")
        record = body["record"]
        if record.get("$type") != body["collection"] or len(record["text"].encode()) > 3000:
            raise invalid(f"Invalid {POST} record: Record/text must not be longer than 3000 bytes")
        if len(record["text"]) > 300 and record["text"].isascii():
            raise invalid(f"Invalid {POST} record: grapheme too big (maximum 300, got {len(record['text'])})")
        for image in record.get("embed", {}).get("images", ()):
            if image["image"]["ref"]["$link"] not in self.world.blobs:
                raise invalid("Could not find blob", "BlobNotFound")
        if f"at://{body['repo']}/{body['collection']}/{key}" in self.world.posts:
            raise Refusal(500, "InternalServerError", "Internal Server Error")
        post = self.world.put(self.world.brand, key, record)
        return {"uri": post["uri"], "cid": post["cid"], "validationStatus": "valid"}

    def com_atproto_repo_getRecord(self, query: Query) -> Json:
        uri = f"at://{query['repo'][0]}/{query['collection'][0]}/{query['rkey'][0]}"
        if uri not in self.world.posts:
            raise invalid(f"Could not locate record: {uri}", "RecordNotFound")
        post = self.world.posts[uri]
        return {"uri": uri, "cid": post["cid"], "value": post["record"]}

    def com_atproto_repo_uploadBlob(self, body: bytes, content_type: str) -> Json:
        if len(body) > 2_000_000:
            raise Refusal(413, "PayloadTooLarge", "request entity too large")
        name = cid_of({"blob": body.hex()}).replace("bafyrei", "bafkrei")
        self.world.blobs[name] = body
        return {"blob": {"$type": "blob", "ref": {"$link": name}, "mimeType": content_type, "size": len(body)}}

    def com_atproto_identity_resolveHandle(self, query: Query) -> Json:
        for account in self.world.accounts.values():
            if account["handle"] == query["handle"][0]:
                return {"did": account["did"]}
        raise invalid("Unable to resolve handle")

    # app.bsky

    def app_bsky_notification_listNotifications(self, query: Query) -> Json:
        limit, cursor = _limit(query, 50), query.get("cursor", [""])[0]
        reasons = query.get("reasons")
        known = [(sort_at(self.world.posts[one["uri"]]), one) for one in self.world.notifications]
        known.sort(key=lambda pair: (pair[0], pair[1]["uri"]), reverse=True)
        page = [pair for pair in known if not cursor or pair[0] < cursor][:limit]
        shown = [self.views.notification(one) for _, one in page if not reasons or one["reason"] in reasons]
        return {"notifications": shown} | ({"cursor": page[-1][0]} if len(page) == limit else {})

    def app_bsky_feed_searchPosts(self, query: Query) -> Json:
        words, start, limit = query["q"][0].lower().split(), int(query.get("cursor", ["0"])[0]), _limit(query, 25)
        since = query.get("since", [""])[0].replace("+00:00", "Z")
        found = [
            one
            for one in self.world.posts.values()
            if all(word in one["record"]["text"].lower() for word in words) and sort_at(one) >= since
        ]
        found.sort(key=lambda one: (sort_at(one), one["uri"]), reverse=True)
        page = found[start : start + limit]
        more = {"cursor": str(start + limit)} if len(found) > start + limit else {}
        return {"posts": [self.views.post(one["uri"]) for one in page], "hitsTotal": len(found)} | more

    def app_bsky_feed_getPosts(self, query: Query) -> Json:
        uris = query["uris"]
        if len(uris) > 25:
            raise invalid("Error: Params must have the property uris with at most 25 elements")
        shown = [uri for uri in uris if uri in self.world.posts and uri.split("/")[2] not in self.world.blocks]
        return {"posts": [self.views.post(uri) for uri in shown]}

    def app_bsky_actor_getProfiles(self, query: Query) -> Json:
        if len(query["actors"]) > 25:
            raise invalid("Error: Params must have the property actors with at most 25 elements")
        return {"profiles": [self.views.detailed(did) for did in query["actors"] if did in self.world.accounts]}

    # chat.bsky.convo

    def chat_bsky_convo_listConvos(self, query: Query) -> Json:
        start, limit = int(query.get("cursor", ["0"])[0]), _limit(query, 50)
        known = sorted(self.world.convos, key=lambda one: str(self.world.messages[one][-1]["rev"]), reverse=True)
        more = {"cursor": str(start + limit)} if len(known) > start + limit else {}
        return {"convos": [self.views.convo(one) for one in known[start : start + limit]]} | more

    def chat_bsky_convo_getConvo(self, query: Query) -> Json:
        return {"convo": self.views.convo(self._convo(query["convoId"][0]))}

    def chat_bsky_convo_getMessages(self, query: Query) -> Json:
        limit, cursor = _limit(query, 50), query.get("cursor", ["~"])[0]
        known = [one for one in self.world.messages[self._convo(query["convoId"][0])] if one["rev"] < cursor]
        page = known[-limit:][::-1]
        return {"messages": page} | ({"cursor": page[-1]["rev"]} if len(known) > limit else {})

    def chat_bsky_convo_getLog(self, query: Query) -> Json:
        last = {"cursor": self.world.log[-1]["rev"]} if self.world.log else {}
        if "cursor" not in query:
            return {"logs": []} | last
        left = [one for one in self.world.log if one["rev"] > query["cursor"][0]][:50]
        return {"logs": left, "cursor": left[-1]["rev"] if left else query["cursor"][0]}

    def chat_bsky_convo_sendMessage(self, body: Json) -> Json:
        return self.world.message(self._convo(body["convoId"]), self.world.brand, body["message"])

    def _convo(self, convo: str) -> str:
        if convo not in self.world.convos:
            raise invalid("Convo not found", "InvalidConvo")
        return convo


def _limit(query: Query, usual: int) -> int:
    limit = int(query.get("limit", [str(usual)])[0])
    if not 1 <= limit <= 100:
        raise invalid("Error: limit must be an integer between 1 and 100")
    return limit
