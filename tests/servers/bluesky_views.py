"""How the stand-in for Bluesky shows what it knows: profiles, posts and embeds as views of the lexicons."""

from typing import Any

from tests.servers.bluesky_world import Json, World

CDN = "https://cdn.bsky.app/img"


class Views:
    """The views that one viewer, the brand, gets."""

    def __init__(self, world: World) -> None:
        self.world = world

    def basic(self, did: str) -> Json:
        """A profile as it stands beside a post."""
        names = ("did", "handle", "displayName", "avatar", "verification")
        account = self.world.accounts.get(did, {"did": did, "handle": "handle.invalid"})
        viewer = {"muted": False, "blockedBy": did in self.world.blocks}
        return {name: account[name] for name in names if name in account} | {"viewer": viewer}

    def detailed(self, did: str) -> Json:
        """A profile with its numbers."""
        account = self.world.accounts[did]
        return self.basic(did) | {"description": account["description"], "followersCount": account["followersCount"]}

    def post(self, uri: str) -> Json:
        """A post with its pictures and whom it quotes."""
        post = self.world.posts[uri]
        shown: Json = {
            "uri": uri,
            "cid": post["cid"],
            "author": self.basic(post["did"]),
            "record": post["record"],
            "replyCount": 0,
            "likeCount": 0,
            "indexedAt": post["indexedAt"],
            "viewer": {"replyDisabled": True} if post["record"].get("closed") else {"bookmarked": False},
        }
        if embed := self.embed(post["did"], post["record"].get("embed")):
            shown["embed"] = embed
        return shown

    def notification(self, one: Json) -> Json:
        """A post as a notification tells of it: the record alone, nothing resolved."""
        post = self.world.posts[one["uri"]]
        author = self.basic(post["did"]) | {"description": self.world.accounts[post["did"]]["description"]}
        return {
            "uri": one["uri"],
            "cid": post["cid"],
            "author": author,
            "reason": one["reason"],
            "record": post["record"],
            "isRead": False,
            "indexedAt": post["indexedAt"],
            "labels": [],
        }

    def embed(self, did: str, embed: Any) -> Json | None:
        """What a record embeds, with addresses in place of references."""
        if not isinstance(embed, dict):
            return None
        kind = embed.get("$type")
        if kind == "app.bsky.embed.images":
            images = [
                {
                    "fullsize": f"{CDN}/feed_fullsize/plain/{did}/{_link(one['image'])}@jpeg",
                    "thumb": f"{CDN}/feed_thumbnail/plain/{did}/{_link(one['image'])}@jpeg",
                    "alt": one["alt"],
                }
                for one in embed["images"]
            ]
            return {"$type": f"{kind}#view", "images": images}
        if kind == "app.bsky.embed.video":
            base = f"https://video.bsky.app/watch/{did}/{_link(embed['video'])}"
            return {
                "$type": f"{kind}#view",
                "cid": _link(embed["video"]),
                "playlist": f"{base}/playlist.m3u8",
                "thumbnail": f"{base}/thumbnail.jpg",
                "alt": embed.get("alt", ""),
            }
        if kind == "app.bsky.embed.external":
            return {"$type": f"{kind}#view", "external": embed["external"]}
        if kind == "app.bsky.embed.record":
            return {"$type": f"{kind}#view", "record": self._record(embed["record"]["uri"])}
        if kind == "app.bsky.embed.recordWithMedia":
            record = {"$type": "app.bsky.embed.record#view", "record": self._record(embed["record"]["record"]["uri"])}
            return {"$type": f"{kind}#view", "record": record, "media": self.embed(did, embed["media"])}
        return {"$type": f"{kind}#view"}

    def convo(self, convo: str) -> Json:
        """A conversation of the brand's."""
        one, messages = self.world.convos[convo], self.world.messages[convo]
        members = [self.basic(did) for did in one["members"]]
        return {
            **one,
            "members": members,
            "rev": messages[-1]["rev"],
            "muted": False,
            "unreadCount": 1,
            "status": "accepted",
            "lastMessage": messages[-1],
        }

    def _record(self, uri: str) -> Json:
        if uri not in self.world.posts:
            return {"$type": "app.bsky.embed.record#viewNotFound", "uri": uri, "notFound": True}
        post = self.post(uri)
        return {
            "$type": "app.bsky.embed.record#viewRecord",
            "uri": uri,
            "cid": post["cid"],
            "author": post["author"],
            "value": post["record"],
            "indexedAt": post["indexedAt"],
        }


def _link(blob: Json) -> str:
    return str(blob["ref"]["$link"])
