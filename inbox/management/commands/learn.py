"""Learn from what colleagues have put right, now and in the foreground; or put an earlier model in use again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from inbox import train
from routing import promotion
from routing.models import TrainedModel


class Command(BaseCommand):
    help = "Train the router on corrections and put the new model in use if it is better, or roll back to another one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--roll-back", metavar="VERSION", help="put this model in use, or “shipped”")
        parser.add_argument("--reason", default="", help="why; kept with the model")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["roll_back"]:
            self._roll_back(options["roll_back"], options["reason"] or "From the command line.")
            return
        promotion.ask(by=None, reason=options["reason"] or "From the command line.")
        made = train.work()
        if made is None:
            raise CommandError("Another worker is training right now. Wait for it, and look at the quality page.")
        if made.state == TrainedModel.State.FAILED:
            raise CommandError(made.error)
        self._tell(made)

    def _roll_back(self, version: str, reason: str) -> None:
        try:
            in_use = promotion.roll_back(version, by=None, reason=reason)
        except promotion.Refused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"In use now: {in_use or 'the shipped model'}.")

    def _tell(self, made: TrainedModel) -> None:
        is_in_use = made.state == TrainedModel.State.CHAMPION
        self.stdout.write(
            f"Model {made.version} from {made.examples} examples, {made.corrections} of them corrections: "
            f"{'in use now' if is_in_use else 'not better, so it is not used'}."
        )
        figures = made.figures
        self.stdout.write(f"Judged on {figures['judged']} corrections ({figures['held_back']} held back).")
        for name in ("champion", "challenger"):
            if name in figures:
                one = figures[name]
                self.stdout.write(
                    f"  {name:<10} macro-F1 {one['macro_f1']:.3f}, accuracy {one['accuracy']:.3f}, "
                    f"calibration error {one['calibration_error']:.3f}"
                )
