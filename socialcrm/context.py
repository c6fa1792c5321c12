"""What every page needs to draw its frame."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    """The name of this installation, as the frame shows it."""
    return {"workspace": settings.WORKSPACE_NAME}
