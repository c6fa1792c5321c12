"""What the stand-in for Meta knows: one Page, one account on Instagram, their people, posts, comments and messages."""

import itertools
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]
PAGE, IG, APP = "102030405060708", "17841400000000001", "900800700600500"
APP_SECRET, PAGE_TOKEN, USER_TOKEN = "app-secret-0123456789", "page-token-0123456789", "user-token-0123456789"
SCOPES = (
    "pages_show_list pages_read_engagement pages_read_user_content pages_manage_engagement pages_manage_metadata "
    "pages_messaging instagram_basic instagram_manage_comments instagram_manage_messages"
).split()


def iso(at: datetime) -> str:
    """As the Graph API writes times."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


class World:
    """Everything by id; edges hold ids, newest last."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._ids = itertools.count(1000)
        self.now = lambda: datetime.now(UTC).replace(microsecond=0)
        self.things: dict[str, Json] = {}
        self.edges: dict[str, list[str]] = {}
        self.page = {"id": PAGE, "name": "Halden Bikes", "category": "Bicycle shop"}
        self.ig = {"id": IG, "username": "halden"}
        self.pages: list[Json] = [{**self.page, "access_token": PAGE_TOKEN, "instagram_business_account": self.ig}]
        self.tokens: dict[str, Json] = {
            PAGE_TOKEN: {"type": "PAGE", "scopes": list(SCOPES), "expires_at": 0, "data_access_expires_at": 0},
            USER_TOKEN: {"type": "USER", "scopes": list(SCOPES), "expires_at": 0, "data_access_expires_at": 0},
        }
        self.people: dict[str, Json] = {}
        self.subscribed: list[str] = []
        self.subscriptions: dict[str, Json] = {}
        self.sent: list[Json] = []
        self.human_agent = False

    # Writing

    def next_id(self) -> str:
        """A number that nothing has."""
        return f"7{next(self._ids):015d}"

    def put(self, thing: Json, *edges: str) -> Json:
        """Keep a thing, as the newest of these edges."""
        with self.lock:
            self.things[thing["id"]] = thing
            for edge in edges:
                self.edges.setdefault(edge, []).append(thing["id"])
        return thing

    def drop(self, thing_id: str) -> None:
        """Delete a thing, from everywhere."""
        with self.lock:
            self.things.pop(thing_id, None)
            for edge in self.edges.values():
                if thing_id in edge:
                    edge.remove(thing_id)

    def person(self, name: str, **profile: Any) -> Json:
        """Somebody, with an id that is made of the name."""
        person_id = "2" + "".join(f"{ord(letter):03d}" for letter in name)[:15]
        known = {"id": person_id, "name": name.title(), "username": name.lower(), **profile}
        return self.people.setdefault(person_id, known)

    def post(self, message: str = "News", by: Json | None = None, at: datetime | None = None, **more: Any) -> Json:
        """A post on the Page, its own by default."""
        at = at or self.now()
        post_id = f"{PAGE}_{self.next_id()}"
        author = {"id": PAGE, "name": self.page["name"]} if by is None else {"id": by["id"], "name": by["name"]}
        made = {
            "id": post_id,
            "message": message,
            "from": author,
            "created_time": iso(at),
            "updated_time": iso(at),
            "permalink_url": f"https://www.facebook.com/{post_id}",
            **more,
        }
        return self.put(made, f"{PAGE}/feed")

    def comment(self, above: Json, message: str, by: Json | None, at: datetime | None = None, **more: Any) -> Json:
        """A comment below a post or below a comment. `by` None: Meta does not say who."""
        at = at or self.now()
        is_answer = "post" in above
        post = self.things[above["post"]] if is_answer else above
        comment_id = f"{post['id'].partition('_')[2]}_{self.next_id()}"
        made: Json = {
            "id": comment_id,
            "message": message,
            "created_time": iso(at),
            "permalink_url": f"https://www.facebook.com/{post['id']}?comment_id={comment_id.partition('_')[2]}",
            "is_hidden": False,
            "post": post["id"],
            **more,
        }
        if by is not None:
            made["from"] = {"id": by["id"], "name": by["name"]}
        if is_answer:
            made["parent"] = {name: above.get(name) for name in ("id", "message", "from", "permalink_url")}
        post["updated_time"] = max(post["updated_time"], iso(at))
        edges = {f"{post['id']}/comments", f"{above['id']}/comments"}
        return self.put(made, *edges)

    def medium(self, caption: str = "Look", at: datetime | None = None) -> Json:
        """A picture of the account on Instagram."""
        media_id = f"179{self.next_id()}"
        made = {
            "id": media_id,
            "caption": caption,
            "permalink": f"https://www.instagram.com/p/{media_id}/",
            "timestamp": iso(at or self.now()),
            "username": self.ig["username"],
            "media_type": "IMAGE",
        }
        return self.put(made, f"{IG}/media")

    def ig_comment(self, above: Json, text: str, by: Json, at: datetime | None = None, **more: Any) -> Json:
        """A comment below a medium, or an answer to one."""
        comment_id = f"178{self.next_id()}"
        made: Json = {
            "id": comment_id,
            "text": text,
            "timestamp": iso(at or self.now()),
            "username": by["username"],
            "from": {"id": by["id"], "username": by["username"]},
            "hidden": False,
            **more,
        }
        if "caption" in above:
            made["media"] = above["id"]
            return self.put(made, f"{above['id']}/comments")
        return self.put(made | {"parent_id": above["id"], "media": above["media"]}, f"{above['id']}/replies")

    def message(self, person: Json, text: str, *, ours: bool = False, platform: str = "messenger", **more: Any) -> Json:
        """A direct message of somebody to us, or of us to them."""
        at = more.pop("at", None) or self.now()
        conversation = self.conversation(person, platform)
        own = self.ig if platform == "instagram" else self.page
        names = ("id", "username") if platform == "instagram" else ("id", "name")
        author, reader = (own, person) if ours else (person, own)
        made = {
            "id": f"m_{self.next_id()}",
            "message": text,
            "created_time": iso(at),
            "from": {name: author[name] for name in names},
            "to": {"data": [{name: reader[name] for name in names}]},
            "platform": platform,
            **more,
        }
        with self.lock:
            conversation["updated_time"] = max(conversation.get("updated_time", ""), iso(at))
            if not ours:
                conversation["heard"] = max(conversation.get("heard", ""), iso(at))
        return self.put(made, f"{conversation['id']}/messages")

    def conversation(self, person: Json, platform: str) -> Json:
        """Somebody's conversation with us, begun if there is none."""
        conversation_id = f"t_{platform}_{person['id']}"
        if conversation_id in self.things:
            return self.things[conversation_id]
        made = {"id": conversation_id, "participants": {"data": [{"id": person["id"]}]}, "person": person["id"]}
        return self.put(made, f"conversations/{platform}")

    # Reading

    def listed(self, edge: str) -> list[Json]:
        """An edge's things, newest first by their times."""
        with self.lock:
            things = [self.things[one] for one in self.edges.get(edge, ()) if one in self.things]
        return sorted(things, key=lambda one: _order(one, edge), reverse=True)

    def is_open(self, person_id: str, platform: str, *, tagged: bool) -> bool:
        """Whether somebody can be written to: a day since they wrote, with Meta's leave a week."""
        heard = self.things.get(f"t_{platform}_{person_id}", {}).get("heard")
        if heard is None:
            return False
        passed = self.now() - datetime.fromisoformat(heard)
        return passed < (timedelta(days=7) if tagged and self.human_agent else timedelta(days=1))


def _order(thing: Json, edge: str) -> tuple[str, str]:
    name = "updated_time" if edge.startswith("conversations/") else "created_time"
    return str(thing.get(name) or thing.get("timestamp") or ""), thing["id"]
