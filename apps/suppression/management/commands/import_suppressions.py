from argparse import ArgumentParser
from pathlib import Path
from typing import BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.audit.actors import Actor
from apps.jobs.progress import Progress
from apps.suppression import services
from apps.suppression.errors import SuppressionError
from apps.suppression.services import BadListName, ImportResult


class Command(BaseCommand):
    help = (
        "Block the addresses of a file for marketing and re-import; order mail is not blocked. The file has one "
        "address per line, or is CSV with a column “email”. Repeats do no harm. Exit code 3: some lines were refused."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--list", required=True, dest="list_name", help="made if it does not exist")

    def handle(self, *, file: Path, list_name: str, **options: object) -> None:
        try:
            with file.open("rb") as stream:
                result = services.import_file(
                    stream,
                    list_name=list_name,
                    by=Actor.command(),
                    at=timezone.now(),
                    tell=Progress(_lines_of(stream)),
                )
        except OSError as error:
            raise CommandError(f"{file} cannot be opened: {error.strerror}.", returncode=2) from None
        except BadListName as refusal:
            raise CommandError(str(refusal), returncode=2) from None
        except SuppressionError as refusal:
            raise CommandError(str(refusal)) from None
        self._tell(result, list_name)

    def _tell(self, result: ImportResult, list_name: str) -> None:
        self.stdout.write(f"{result.added} added to {list_name}, {result.known} known before ({result.reference}).")
        for line, reason in result.rejected:
            self.stderr.write(f"line {line}: {reason}")
        if result.rejected:
            raise CommandError(f"{len(result.rejected)} lines were refused.", returncode=3)


def _lines_of(stream: BinaryIO) -> int:
    """Count the lines for the bar, and start over; what comes through a pipe has no end to count to."""
    if not stream.seekable():
        return 0
    lines = sum(1 for _ in stream)
    stream.seek(0)
    return lines
