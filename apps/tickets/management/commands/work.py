from datetime import timedelta

from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.tickets.services.working import work, work_until_idle


class Command(BaseCommand):
    help = (
        "Do in this process what workers do: looks, sends and read-backs. Without --until-idle it goes on until it is "
        "interrupted; what was in flight is then finished or settled by the next look."
    )

    def add_arguments(self, parser):
        parser.add_argument("--until-idle", action="store_true", help="return when nothing is due or in flight")
        parser.add_argument(
            "--wait", type=int, default=0, metavar="S", help="also wait for what becomes due within S seconds"
        )

    def handle(self, **options):
        if not options["until_idle"]:
            self._work_for_ever()
            return
        moves = work_until_idle(clock=timezone.now, wait=timedelta(seconds=options["wait"]))
        self.stdout.write(f"{moves} moves made; nothing is due.")

    def _work_for_ever(self):
        try:
            work(clock=timezone.now)
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")
