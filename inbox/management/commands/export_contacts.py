from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from contacts.crm.people import Chosen
from inbox import people_export


class Command(BaseCommand):
    help = "Write all people, one line each, to standard output."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=sorted(people_export.FORMATS), default="csv")
        parser.add_argument("--role", default="", metavar="SLUG", help="only who is this now")
        parser.add_argument("--tag", default="", metavar="TAG", help="only who bears this tag")
        parser.add_argument("--network", default="", metavar="NETWORK", help="only who has an account on it")

    def handle(self, *, role: str, tag: str, network: str, **options: Any) -> None:
        for piece in people_export.lines(options["format"], Chosen(role=role, tag=tag, network=network)):
            self.stdout.write(piece, ending="")
