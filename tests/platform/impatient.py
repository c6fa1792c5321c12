"""The product's server with little patience and little memory for bodies, so that tests need neither."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

from socialcrm import asgi  # noqa: E402
from socialcrm.bodies import Patience  # noqa: E402

asgi.webhooks = Patience(asgi.webhooks.application, 2, seconds=2, memory=1024 * 1024)
application = asgi.application
