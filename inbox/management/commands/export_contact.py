from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contacts.models import Contact
from inbox import export


class Command(BaseCommand):
    help = "Write everything that is held on a contact to standard output."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", type=int, help="the number in the address of the contact's page")
        parser.add_argument("--format", choices=["json", "html"], default="json")

    def handle(self, **options: Any) -> None:
        contact = Contact.objects.select_related("root").filter(pk=options["id"]).first()
        if contact is None or contact.is_erased:
            raise CommandError(f"There is no contact {options['id']}.")
        person = contact.root or contact
        for piece in export.as_html(person) if options["format"] == "html" else export.as_json(person):
            self.stdout.write(piece, ending="")
