"""Indexes that are built while people work: what a migration that was interrupted left of one is built anew."""

from typing import Any

from django.contrib.postgres import operations


class AddIndexConcurrently(operations.AddIndexConcurrently):
    """Adds an index without holding its table, also where it was begun before and is there, whole or not."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Away with what is left of it, if anything is (as when this is taken back); then it is built."""
        self.database_backwards(app_label, schema_editor, to_state, from_state)
        super().database_forwards(app_label, schema_editor, from_state, to_state)
