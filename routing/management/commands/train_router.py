"""Train the router's classifier on the examples of this folder, and write the model beside them."""

from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from routing import artefact

try:
    from routing import training
except ImportError:  # scikit-learn is there for development only.
    training = None  # type: ignore[assignment]


class Command(BaseCommand):
    help = "Train the classifier on routing/examples and write routing/model. Prints cross-validated figures."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if training is None:
            raise CommandError("scikit-learn is not installed. Install requirements/dev.txt, then train again.")
        try:
            examples = training.read_examples()
            weights, probabilities = training.train(examples)
        except training.BadExamples as error:
            raise CommandError(str(error)) from error
        size = artefact.write(weights)
        right = np.array([weights.departments.index(label) for label in examples.labels])
        hits = probabilities.argmax(axis=1) == right
        surest = np.argsort(-probabilities.max(axis=1), kind="stable")[: len(hits) // 2]
        self.stdout.write(f"Model {weights.version}, {size / 1024:.0f} KiB, from {len(right)} examples.")
        self.stdout.write(
            f"Cross-validated on the examples: accuracy {hits.mean():.3f}, surest half {hits[surest].mean():.3f}. "
            "Real messages are harder: measure on your own with evaluate_router."
        )
        for column, department in enumerate(weights.departments):
            of_it = right == column
            said = probabilities.argmax(axis=1) == column
            f1 = 2 * (of_it & said).sum() / max(of_it.sum() + said.sum(), 1)
            self.stdout.write(f"  {department:<12} F1 {f1:.2f}  ({of_it.sum()} examples)")
