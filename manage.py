#!/usr/bin/env python
"""Django's commands; those that need the database find it running, whether or not `up` runs."""

import contextlib
import os
import sys

from django.core.management import execute_from_command_line

from socialcrm.embedded import CannotStartError
from socialcrm.running import embedded_services
from socialcrm.services import var_folder

# `up` runs the services itself; the others need none.
WITHOUT_SERVICES = {
    "check",
    "collectstatic",
    "compilemessages",
    "help",
    "makemessages",
    "startapp",
    "up",
    "version",
    "--help",
    "--version",
}


def main(arguments: list[str]) -> None:
    """Run one command, with the services that it needs."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socialcrm.settings")
    needs_services = len(arguments) > 1 and arguments[1] not in WITHOUT_SERVICES and "--help" not in arguments
    try:
        with embedded_services(var_folder()) if needs_services else contextlib.nullcontext():
            execute_from_command_line(arguments)
    except CannotStartError as error:
        sys.exit(f"{error}")


if __name__ == "__main__":
    main(sys.argv)
