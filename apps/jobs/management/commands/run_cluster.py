from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.jobs.groups import Survivors
from apps.jobs.keeping import Keeper, Occupied, Unfit, sole_keeper
from apps.jobs.limits import Limits, usual_limits


class Command(BaseCommand):
    help = (
        "Run the workers and keep them alive: they are started again when they stop answering, finish what is in "
        "flight when this is asked to stop, and never outlive it. Run one on each host."
    )

    def add_arguments(self, parser):
        usual = usual_limits()
        parser.add_argument(
            "--silence",
            type=float,
            default=usual.silence,
            metavar="S",
            help=f"start the workers again when nothing was answered for S seconds ({usual.silence}); with less, "
            "healthy ones that are busy would be killed",
        )
        parser.add_argument(
            "--grace",
            type=float,
            default=usual.grace,
            metavar="S",
            help=f"when asked to stop, kill what has not finished after S seconds ({usual.grace})",
        )

    def handle(self, *, silence, grace, **options):
        try:
            with sole_keeper(settings.VAR_DIR) as path:
                has_finished = Keeper(path, Limits(silence, grace), clock=timezone.now, say=self._say).keep()
        except (Occupied, Unfit) as error:
            raise CommandError(str(error), returncode=2) from None
        except Survivors as error:
            raise CommandError(str(error)) from None
        if not has_finished:
            raise SystemExit(1)

    def _say(self, text):
        self.stdout.write(f"{timezone.now():%Y-%m-%d %H:%M:%S} {text}")
        self.stdout.flush()
