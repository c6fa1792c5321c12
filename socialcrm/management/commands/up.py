"""`manage.py up`: the whole product from one command, on this machine."""

import errno
import os
import signal
import socket
import sys
import threading
import time
from argparse import ArgumentParser
from contextlib import suppress
from types import FrameType
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.management import get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connections

from socialcrm import health, jobs, processes, workspace
from socialcrm.postgresql import create_database
from socialcrm.probe import what_is_not_ready
from socialcrm.running import Ownership, wanted
from socialcrm.services import CannotStartError, is_embedded
from socialcrm.supervisor import Supervisor
from socialcrm.unprivileged import end_with_parent

COLOURS = {"web": 36, "worker": 32, "beat": 35, "postgres": 34, "valkey": 33, "sample": 90}
LOOK_SECONDS = 0.1
PATIENCE_SECONDS = 60


class Command(BaseCommand):
    help = "Runs the whole product on this machine: database, broker, web, worker and beat under one parent."
    # They would ask the database, which does not run yet.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="port of the web pages (8000)")
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1: this machine alone)")
        parser.add_argument("--no-sample", action="store_true", help="no sample workspace")
        parser.add_argument("--with-parent", action="store_true", help="stop when the process that started this ends")

    def handle(self, *args: Any, **options: Any) -> None:
        self.host, self.port = options["host"], options["port"]
        self.speaking = threading.Lock()
        self.setting_up = True
        self.told_to_stop = False
        self.supervisor = Supervisor(self.say)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.interrupt)
        if options["with_parent"]:
            end_with_parent(signal.SIGTERM)
        ownership = Ownership(settings.VAR_DIR)
        try:
            self.become_owner(ownership)
            self.check_port()
            self.set_up(with_sample=not options["no_sample"])
            ownership.describe(command="up", address=self.address)
            self.run_until_told()
        except KeyboardInterrupt:
            pass
        except CannotStartError as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            raise CommandError(f"The database does not answer: {error}") from error
        finally:
            self.stop()
            ownership.release()

    @property
    def address(self) -> str:
        """Where the pages are."""
        return settings.SITE_URL or f"http://{self.host}:{self.port}/"

    def become_owner(self, ownership: Ownership) -> None:
        """One `up` for one var/. A command that is at work on the embedded services is waited for."""
        waited = False
        while not ownership.take(command="up", address=self.address):
            owner = ownership.owner()
            if owner.get("command") == "up":
                raise CommandError(f"SocialCRM runs here already, at {owner['address']} (process {owner['pid']}).")
            if owner and not waited:
                self.say("", f"Waiting for `manage.py {owner['command']}` (process {owner['pid']}) to end.")
                waited = True
            time.sleep(LOOK_SECONDS)

    def check_port(self) -> None:
        """Say now, and not after a minute of preparations, that the port cannot be had."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise CommandError(
                        f"Port {self.port} is taken by another program. Choose another one: make run PORT=8001"
                    ) from error
                raise CommandError(f"Cannot listen on {self.host}:{self.port}: {error.strerror}.") from error
            except OverflowError as error:
                raise CommandError(f"There is no port {self.port}: ports go from 1 to 65535.") from error

    def set_up(self, *, with_sample: bool) -> None:
        """Everything before the product's own processes: services, tables, the first admin, the sample."""
        self.say("", "Starting ...")
        started = [(service, self.supervisor.start(service).process) for service in wanted(settings.VAR_DIR)]
        for service, process in started:
            service.wait(process)
        if is_embedded("DATABASE_URL"):
            create_database(settings.VAR_DIR)
        workspace.prepare()
        if workspace.is_new():
            if with_sample and "sample" in get_commands():
                self.say("", "Loading the sample workspace ...")
                if self.supervisor.run(processes.manage("sample", "load")) != 0:
                    self.say("", "That failed, as said above; the rest goes on. To try again: manage.py sample load")
            workspace.make_admin(settings.VAR_DIR)
            if with_sample and "sample" in get_commands():
                self.supervisor.run(processes.manage("sample", "greet"))
        health.forget_heart()

    def run_until_told(self) -> None:
        """Start the product's processes, announce them once they are ready, and keep them running."""
        for program in (processes.web(self.host, self.port), processes.worker(), processes.beat()):
            self.supervisor.start(program)
        # Beat would send the first one in ten seconds.
        current_app.signature(jobs.HEARTBEAT).apply_async()
        log_in = workspace.log_in(settings.VAR_DIR)
        connections.close_all()
        self.setting_up = False
        announced, missing, complain_at = False, ["web"], time.monotonic() + PATIENCE_SECONDS
        while not self.told_to_stop:
            self.supervisor.look()
            if not announced:
                missing = what_is_not_ready(self.host, self.port)
                if not missing:
                    announced = True
                    self.announce(log_in)
                elif time.monotonic() > complain_at:
                    self.say("", f"Not ready yet: {', '.join(missing)}. What they say stands above.")
                    complain_at += PATIENCE_SECONDS
            time.sleep(LOOK_SECONDS)

    def announce(self, log_in: workspace.LogIn | None) -> None:
        """Address and log-in, once everything answers."""
        lines = ["", "SocialCRM is ready.", f"  Address   {self.address}"]
        if log_in is not None:
            kept = settings.VAR_DIR / workspace.PASSWORD_FILE
            lines.append(f"  User      {log_in.username}")
            lines.append(
                f"  Password  {f'{log_in.password}   (kept in {kept})' if log_in.password else 'as you set it'}"
            )
        self.say("", "\n".join([*lines, "  Ctrl-C stops everything.", ""]))

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        """Ctrl-C, a terminal that is closed, or an orderly shutdown of the machine."""
        if self.setting_up and not self.told_to_stop:
            self.told_to_stop = True
            raise KeyboardInterrupt
        self.told_to_stop = True

    def stop(self) -> None:
        """Stop all children; further signals change nothing."""
        self.told_to_stop = True
        if self.supervisor.children:
            self.say("", "Stopping ...")
            self.supervisor.stop()
            self.say("", "Stopped.")

    def say(self, name: str, text: str) -> None:
        """Write lines with the process's name in front."""
        label = f"{name:8} | " if name else ""
        if name in COLOURS and sys.stdout.isatty() and "NO_COLOR" not in os.environ:
            label = f"\x1b[{COLOURS[name]}m{label}\x1b[0m"
        # Nobody may be listening any more; that is no reason to stop working.
        with self.speaking, suppress(BrokenPipeError):
            for line in text.splitlines() or [""]:
                self.stdout.write(f"{label}{line}")
            self.stdout.flush()
