from django.core.management.base import BaseCommand

from apps.jobs import cluster, groups, lifeline


class Command(BaseCommand):
    help = "What run_cluster starts and restarts; not for people, since it ends without a keeper."
    requires_system_checks = ()  # the keeper has made them

    def add_arguments(self, parser):
        parser.add_argument("keeper", type=int, help="row of the keeper")
        parser.add_argument("grace", type=float, help="seconds in which workers finish once they are asked to stop")
        parser.add_argument("pipe", type=int, help="file that ends when the keeper ends or asks to stop")
        parser.add_argument("lock", type=int, help="file that all processes of the group hold locked")

    def handle(self, *, keeper, grace, pipe, lock, **options):
        groups.sign(lock)
        lifeline.hang_on(pipe, keeper_id=keeper)
        if not cluster.run(grace=grace):
            cluster.kill_own_group()
