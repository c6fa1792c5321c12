from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contacts.models import Contact
from inbox import erasure


class Command(BaseCommand):
    help = "Erase a contact with all accounts and everything that was said. It cannot be undone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", type=int, help="the number in the address of the contact's page")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--dry-run", action="store_true", help="only say what would go")
        parser.add_argument("--reason", default="")

    def handle(self, **options: Any) -> None:
        contact = Contact.objects.select_related("root").filter(pk=options["id"]).first()
        if contact is None or contact.is_erased:
            raise CommandError(f"There is no contact {options['id']}.")
        person = contact.root or contact
        self.stdout.write(f"{person.name or 'No name'}, contact {person.pk}")
        for name, number in asdict(erasure.preview(person)).items():
            self.stdout.write(f"  {name:<14} {number:>8,}{'+' if number >= erasure.MOST else ''}")
        if options["dry_run"]:
            return
        if not options["yes"] and input("Erase all of it? Type yes: ").strip() != "yes":
            raise CommandError("Nothing was erased.")
        try:
            begun = erasure.begin(person.pk, by=None, reason=options["reason"])
        except erasure.NotFound as error:
            raise CommandError(str(error)) from error
        if erasure.work(begun.pk):
            begun.refresh_from_db()
            self.stdout.write("Erased: " + ", ".join(f"{n:,} {name}" for name, n in begun.counts.items()))
        else:
            self.stdout.write("A worker erases it now.")
