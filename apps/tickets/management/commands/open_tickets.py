import csv
from pathlib import Path

from django.core.management.base import CommandError
from django.utils import timezone

from apps.audit.actors import Actor
from apps.jobs.progress import Progress
from apps.tickets.csv_lines import decode
from apps.tickets.management.acting import USAGE, ActingCommand
from apps.tickets.models.ticket import IdentityBasis
from apps.tickets.rows import choice, read_rows
from apps.tickets.selectors.suppressed import suppressed_lines
from apps.tickets.services.batches import open_rows, start_command_batch

LISTED = 20


class Command(ActingCommand):
    help = (
        "Open a ticket for each good row of a CSV file. Bad rows are listed with line and reason, and written to "
        "FILE.rejects.csv without their contents. Exit code 3: done, but some rows were refused."
    )

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, metavar="FILE.csv")
        parser.add_argument(
            "--identity-basis",
            default=IdentityBasis.ASKED.value,
            help="how identity was checked, where a row does not say it: value or label, such as “checked elsewhere”",
        )

    def act(self, by: Actor, **options):
        basis = _basis(options["identity_basis"])
        rows = list(read_rows(decode(_read(options["file"])), identity_basis=basis))
        batch = start_command_batch(rows=len(rows), identity_basis=basis, by=by, at=timezone.now())
        rejected = open_rows(rows, by=by, clock=timezone.now, batch=batch, tell=Progress(len(rows)))
        self.stdout.write(f"Opened {len(rows) - len(rejected)} of {len(rows)} tickets.")
        refused = {row.line for row in rejected}
        self._tell_suppressed([row for row in rows if row.line not in refused])
        if rejected:
            self.stdout.write(f"Rejected rows: {_write_rejects(options['file'], rejected)}")
        self.finish(f"line {row.line}: {row.reason}" for row in rejected)

    def _tell_suppressed(self, opened):
        lines = suppressed_lines(opened, at=timezone.now())
        if lines:
            more = f" and {len(lines) - LISTED:,} more" if len(lines) > LISTED else ""
            listed = ", ".join(map(str, lines[:LISTED]))
            self.stdout.write(f"Suppressed before, and opened all the same: {len(lines):,} (line {listed}{more}).")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.", returncode=USAGE) from None


def _basis(text: str) -> str:
    try:
        return choice(IdentityBasis, "--identity-basis")(text)
    except ValueError as error:
        raise CommandError(str(error), returncode=USAGE) from None


def _write_rejects(source: Path, rejected) -> Path:
    """Write line and reason only: whoever runs the command may not be allowed to keep a copy of the people."""
    path = source.with_suffix(".rejects.csv")
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("line", "reason"), *((row.line, row.reason) for row in rejected)])
    return path
