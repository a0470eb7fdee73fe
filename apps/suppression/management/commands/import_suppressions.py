import sys
from argparse import ArgumentParser
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.audit.actors import NotAllowed
from apps.audit.management.acting import SOME_REFUSED, USAGE, actor_named
from apps.jobs.progress import Progress
from apps.suppression import services
from apps.suppression.errors import SuppressionError
from apps.suppression.models import SuppressionImport
from apps.suppression.services import BadListName, ImportResult

KINDS = [value for value, _ in SuppressionImport.identifiers.field.choices]
MOST_LISTED = 1_000


class Command(BaseCommand):
    help = (
        "Block the people of a file for marketing and re-import; order mail is not blocked. The file, of any size, has "
        "one identifier per line, or is CSV with a column named like its kind. The same file again goes on where a run "
        "was killed, and does nothing once it was taken in whole, unless the list lets entries expire. Exit code 3: "
        "some lines were refused."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="- reads a pipe, which cannot go on after a crash")
        parser.add_argument("--list", required=True, dest="list_name", help="made if it does not exist")
        parser.add_argument(
            "--kind",
            dest="identifiers",
            default="email",
            choices=KINDS,
            help="what stands in the file (email); digests were made with a pepper of this console",
        )
        parser.add_argument("--as", dest="user", metavar="USER", help="user name to act as (the operator)")

    def handle(
        self, *, file: Path, list_name: str, identifiers: str, user: str | None = None, **options: object
    ) -> None:
        try:
            with _opened(file) as stream:
                result = services.import_file(
                    stream,
                    list_name=list_name,
                    identifiers=identifiers,
                    by=actor_named(user),
                    clock=timezone.now,
                    watch=Progress,
                )
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.", returncode=USAGE) from None
        except (BadListName, NotAllowed) as refusal:
            raise CommandError(str(refusal), returncode=USAGE) from None
        except SuppressionError as refusal:
            raise CommandError(str(refusal)) from None
        self._tell(result, list_name)

    def _tell(self, result: ImportResult, list_name: str) -> None:
        source = result.source
        counts = f"{source.added} added to {list_name}, {source.known} known before ({source.reference})."
        if result.was_done_before:
            self.stdout.write(f"Nothing was done: this file was taken in on {source.finished_at:%Y-%m-%d}. {counts}")
            return
        self.stdout.write(counts)
        for reject in source.rejects.order_by("line")[:MOST_LISTED]:
            self.stderr.write(str(reject))
        if source.rejected:
            more = f" The first {MOST_LISTED:,} are listed." if source.rejected > MOST_LISTED else ""
            raise CommandError(f"{source.rejected} lines were refused.{more}", returncode=SOME_REFUSED)


def _opened(file: Path) -> BinaryIO | nullcontext:
    return nullcontext(sys.stdin.buffer) if file == Path("-") else file.open("rb")
