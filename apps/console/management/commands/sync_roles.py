from typing import Any

from django.core.management.base import BaseCommand

from apps.console.services import sync_roles


class Command(BaseCommand):
    help = "Give the five roles exactly the rights that this version decides. Run it after every migrate."

    def handle(self, *args: Any, **options: Any) -> None:
        unknown = sync_roles()
        for name in unknown:
            self.stderr.write(f"No installed model has the right {name}.")
        self.stdout.write("Roles are in step with the code.")
