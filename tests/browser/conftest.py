"""A real Chromium on the real pages. A test also fails on an error in the console, the content policy's included."""

import os
import shutil
import socket
import threading
import time

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import expect, sync_playwright

from people.models import User
from tests.inbox.cast import Cast

DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# What tests provoke on purpose.
EXPECTED = (
    "status of 409",
    "status of 422",
    "status of 403",
    "status of 404",
    "ERR_FAILED",
    "ERR_CONNECTION_REFUSED",
    "ERR_INCOMPLETE_CHUNKED_ENCODING",
    "/live/",
)


_BUSY = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
"""

# Three processes share two processors with their browsers.
expect.set_options(timeout=15_000)


def until_all_is_answered(server):
    """What pages asked for last may be under way yet, between two statements, too: a thread answers each connection.

    Connections are taken one after another, so whatever was there before one of our own has its thread once that ends.
    """
    with socket.create_connection((server.thread.host, server.thread.port)) as last:
        last.shutdown(socket.SHUT_WR)
        last.recv(1)
    end = time.monotonic() + 30
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(max(0, end - time.monotonic()))


def until_the_database_is_idle():
    """A process that ended may have left a statement behind; emptying the tables meanwhile would be a deadlock."""
    end = time.monotonic() + 10
    with connection.cursor() as cursor:
        while time.monotonic() < end:
            cursor.execute(_BUSY)
            if not cursor.fetchone()[0]:
                return
            time.sleep(0.05)


# Ends with this package: a loop that runs in this thread would be in the way of other tests.
@pytest.fixture(scope="package")
def chromium():
    # Playwright's synchronous interface runs a loop in this thread, where Django would refuse to ask its database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert path, "The browser tests need Chromium: make chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def transactional_db(transactional_db):
    yield
    until_the_database_is_idle()


@pytest.fixture
def cast(transactional_db):
    return Cast()


@pytest.fixture
def site(live_server):
    """Where the pages are; the live stream is not, see test_live.py."""
    yield live_server.url
    until_all_is_answered(live_server)


@pytest.fixture
def visit(chromium, site):
    """Opens a page as somebody: `visit("alice", "/inbox/")`."""
    contexts, errors = [], []

    def visit(user, path="/inbox/", *, viewport=DESKTOP, stream=False, **options):
        phone = viewport["width"] < 760
        context = chromium.new_context(viewport=viewport, has_touch=phone, is_mobile=phone, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda message: message.type == "error" and errors.append(message.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        if not stream:
            # Neither there nor lost: a page that waits for its stream is like any other.
            page.route("**/live/", lambda route: None)
        if user:
            client = Client()
            client.force_login(User.objects.get(username=user))
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": site}])
        page.goto(site + path)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert [error for error in errors if not any(part in error for part in EXPECTED)] == []
