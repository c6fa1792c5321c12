"""Answers to what went wrong in the middle of a request."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.defaults import server_error

_RETRY_AFTER = "5"


def failed(request: HttpRequest) -> HttpResponse:
    """A database that is away is no defect: 503, and when to come back. Anything else is one: 500."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        response = render(request, "503.html", status=503)
        response["Retry-After"] = _RETRY_AFTER
        return response
    return server_error(request)
