"""The product's settings, on services and files of the test run's own.

Importing this starts an embedded PostgreSQL and Valkey in a temporary folder, once for each process that runs tests
(pytest-xdist may run several), and stops and removes them at its end. Commands that a test starts inherit the
environment, and with it these settings and services.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from socialcrm import services
from socialcrm.running import started

# Whatever the developer has set is for the developer's own data.
FOREIGN = ("CELERY_BROKER_URL", "CRASH_AT", "DEBUG", "HTTPS", "SECRET_KEY", "SITE_URL", "SSL_REDIRECT", "TRUST_PROXY")


def _start_services() -> None:
    for name in (*FOREIGN, "DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    var = Path(tempfile.mkdtemp(prefix="socialcrm-test-"))
    running = started(var)
    running.__enter__()

    @atexit.register
    def stop() -> None:
        running.__exit__(None, None, None)
        shutil.rmtree(var, ignore_errors=True)

    os.environ["SOCIALCRM_VAR"] = str(var)
    os.environ["DATABASE_URL"] = services.database_url(var)
    os.environ["REDIS_URL"] = services.redis_url(var)


# Workers of pytest-xdist inherit the environment too, of the process that distributes the tests.
run = os.environ.get("PYTEST_XDIST_WORKER", "alone")
if os.environ.get("SOCIALCRM_TEST_RUN") != run:
    os.environ["SOCIALCRM_TEST_RUN"] = run
    _start_services()

from socialcrm.settings import *  # noqa: E402, F403

# Nothing is hashed for safety here, and logging in is part of most tests.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# The manifest is made by collectstatic; a test run has none.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
