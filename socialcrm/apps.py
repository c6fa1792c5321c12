from django.apps import AppConfig
from django.core.checks import Tags, register

from socialcrm.durability import durable_database


class SocialCRMConfig(AppConfig):
    name = "socialcrm"

    def ready(self) -> None:
        """Have `migrate`, and with it every start, refuse a database that can forget."""
        register(durable_database, Tags.database)
