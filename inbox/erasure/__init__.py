"""Erasing a person: what goes is told before, tombstones go up first, and the work goes on wherever it was stopped."""

from inbox.erasure.begin import Erasing, NotFound, begin
from inbox.erasure.preview import MOST, Preview, preview
from inbox.erasure.work import pending, work

__all__ = ["MOST", "Erasing", "NotFound", "Preview", "begin", "pending", "preview", "work"]
