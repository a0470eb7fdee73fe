from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.sandbox.launch import CannotStart, Options, add_arguments, run


class Command(BaseCommand):
    help = "Emulate Bento and Blueshift on 127.0.0.1, print the lines for .env, and serve until stopped."
    requires_system_checks: list[str] = []  # It starts before the accounts that a check would miss.

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run(Options.parsed(options), out=self.stdout)
        except CannotStart as error:
            raise CommandError(str(error), returncode=2) from error
