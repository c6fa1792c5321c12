#!/usr/bin/env python
"""Django's commands; those that need the database find it running, whether or not `up` runs."""

import contextlib
import os
import sys

from django.core.management import execute_from_command_line
from django.db import ProgrammingError
from psycopg2.errors import UndefinedColumn, UndefinedTable

from socialcrm.running import embedded_services
from socialcrm.services import CannotStartError, var_folder

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
            execute_from_command_line(_own_settings(arguments))
    except CannotStartError as error:
        sys.exit(str(error))
    except ProgrammingError as error:
        if not isinstance(error.__cause__, UndefinedColumn | UndefinedTable):
            raise
        sys.exit(
            f"The database is older than this version: {error}\nRun `manage.py migrate`; `make run` does so itself."
        )
    except KeyboardInterrupt:
        sys.exit(130)


def _own_settings(arguments: list[str]) -> list[str]:
    """`connect_channel --settings JSON` means the channel's; Django would take it for the name of its own module."""
    if arguments[1:2] != ["connect_channel"]:
        return arguments
    return [f"--channel-{one[2:]}" if one.partition("=")[0] == "--settings" else one for one in arguments]


if __name__ == "__main__":
    main(sys.argv)
