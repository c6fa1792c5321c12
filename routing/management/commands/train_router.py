"""Train the router's classifier on the examples of this folder, and write the model beside them."""

from collections import Counter
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from routing import artefact, training


class Command(BaseCommand):
    help = "Train the classifier on routing/examples and write routing/model. Prints cross-validated figures."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            trained = training.train_and_judge(training.read_examples())
        except training.BadExamples as error:
            raise CommandError(str(error)) from error
        size = artefact.write(trained.weights)
        labelled = trained.right >= 0
        right = trained.right[labelled]
        self.stdout.write(
            f"Model {trained.weights.version}, {size / 1024:.0f} KiB, from {len(trained.right)} examples."
        )
        self.stdout.write(
            "Cross-validated on the examples. Real messages are harder: measure on your own with evaluate_router."
        )
        for name, probabilities in (("quick", trained.quick[labelled]), ("full", trained.probabilities[labelled])):
            said = probabilities.argmax(axis=1)
            hits = said == right
            surest = np.argsort(-probabilities.max(axis=1), kind="stable")[: len(hits) // 2]
            self.stdout.write(f"{name}: accuracy {hits.mean():.3f}, surest half {hits[surest].mean():.3f}")
            for column, department in enumerate(trained.weights.departments):
                both = (said == column) & (right == column)
                f1 = 2 * both.sum() / max((said == column).sum() + (right == column).sum(), 1)
                self.stdout.write(f"  {department:<12} F1 {f1:.2f}  ({(right == column).sum()} examples)")
        said_intents = Counter(name for each in trained.examples for name in each.intents or ())
        self.stdout.write(f"Intents: {', '.join(f'{name} {said_intents[name]}' for name in trained.weights.intents)}")
