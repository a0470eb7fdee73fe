from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.tickets.services.shredding import shred_due


class Command(BaseCommand):
    help = (
        "Shred the audit snapshots of tickets that were completed SNAPSHOT_DAYS ago, and what lifts were founded "
        "on two years ago. Workers do it every hour."
    )

    def handle(self, **options):
        self.stdout.write(f"{shred_due(at=timezone.now())} sealed copies shredded.")
