from datetime import timedelta

from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.jobs.lifeline import must_stop, stop_on_signals
from apps.tickets.services.working import work, work_until_idle


class Command(BaseCommand):
    help = (
        "Do in this process what workers do: looks, sends and read-backs. Without --until-idle it goes on until "
        "SIGTERM or Ctrl-C ask it to stop: it then finishes what is in flight. A second one ends it at once."
    )

    def add_arguments(self, parser):
        parser.add_argument("--until-idle", action="store_true", help="return when nothing is due or in flight")
        parser.add_argument(
            "--wait", type=int, default=0, metavar="S", help="also wait for what becomes due within S seconds"
        )

    def handle(self, **options):
        stop_on_signals()
        if not options["until_idle"]:
            work(clock=timezone.now)
            self.stdout.write("Stopped: what was in flight is finished.")
            return
        moves = work_until_idle(clock=timezone.now, wait=timedelta(seconds=options["wait"]))
        why = "stopped when asked to" if must_stop() else "nothing is due"
        self.stdout.write(f"{moves} moves made; {why}.")
