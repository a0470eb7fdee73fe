from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.tickets.selectors.stuck import stuck


class Command(BaseCommand):
    help = (
        "List what does not move by itself although it should, oldest first: what, since when, and the next step. "
        "Nothing is cancelled. Exit code 1 where there is anything, for monitors."
    )

    def handle(self, **options):
        lines = stuck(at=timezone.now())
        for line in lines:
            self.stdout.write(f"{line.what}, since {line.since:%Y-%m-%d %H:%M} UTC. {line.next_step}")
        if lines:
            raise SystemExit(1)
        self.stdout.write("Nothing is stuck.")
