"""Pictures that go out with replies on X: uploaded first, then named in the reply."""

from collections.abc import Sequence

from connectors.channels.x.client import Client
from connectors.protocol import ConnectorError, Enclosable, File

_SIZE = 5 * 1024 * 1024
_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif")
_LONGEST_DESCRIPTION = 1000
PUBLIC = Enclosable(count=4, size=_SIZE, types=_TYPES, alt=_LONGEST_DESCRIPTION)
DIRECT = Enclosable(count=1, size=_SIZE, types=_TYPES, alt=_LONGEST_DESCRIPTION)


def upload(client: Client, files: Sequence[File], *, direct: bool) -> list[str]:
    """Give X the pictures of a reply; returns their ids. Nobody sees them before the reply. Raises ConnectorError."""
    return [_upload(client, one, direct=direct) for one in files]


def _upload(client: Client, file: File, *, direct: bool) -> str:
    kind = "gif" if file.content_type == "image/gif" else "image"
    fields = {"media_category": f"{'dm' if direct else 'tweet'}_{kind}", "media_type": file.content_type}
    answer = client.upload("/2/media/upload", fields, file.name, file.content, file.content_type)
    data = answer.body.get("data")
    media_id = str(data.get("id") or "") if isinstance(data, dict) else ""
    if not media_id:
        raise ConnectorError(f"X took the picture {file.name} and did not say under which id.")
    if file.alt:
        described = {"id": media_id, "metadata": {"alt_text": {"text": file.alt[:_LONGEST_DESCRIPTION]}}}
        try:
            client.post("/2/media/metadata", described)
        except ConnectorError as error:
            # Nothing is public yet, so nothing is in doubt.
            error.unknown = False
            raise
    return media_id
