"""What the commands that hand lists over share."""

import json
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from apps.audit.actors import Actor, NotAllowed
from apps.audit.management.acting import SOME_REFUSED, USAGE, actor_named
from apps.audit.management.writing import opened
from apps.suppression.errors import SuppressionError
from apps.suppression.models import SuppressionHandover
from apps.suppression.services import Handing, Order, manifest_of

MANIFEST = ".manifest.json"
LEFT_OUT = (
    "this console knows them by keyed digests only, so there is no plain SHA-256. The recipient will not find these "
    "people; export_suppressions hands all of them over."
)


class HandoverCommand(BaseCommand):
    """Write a handover to a file, and its manifest beside it; what stands in the file is up to the command."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        lists = parser.add_mutually_exclusive_group(required=True)
        lists.add_argument("--list", dest="list_name", default="", metavar="NAME")
        lists.add_argument("--all-lists", action="store_true")
        parser.add_argument("--recipient", required=True, metavar="SYSTEM", help="its name, such as shop-eu")
        kinds, purposes = SuppressionHandover.RecipientKind.values, SuppressionHandover.Purpose.values
        parser.add_argument("--recipient-kind", default="own", choices=kinds)
        parser.add_argument("--purpose", default="marketing", choices=purposes)
        parser.add_argument("--statement", default="", metavar="WORDS", help="why; sealed")
        parser.add_argument(
            "--output", required=True, metavar="FILE", help="- writes to standard output, the manifest to the other one"
        )
        parser.add_argument("--as", dest="user", metavar="USER", help="user name to act as (the operator)")

    def handle(self, *, output: str, user: str | None, **options: str) -> None:
        wanted = ("recipient", "recipient_kind", "purpose", "list_name", "statement")
        order = Order(**{name: options[name] for name in wanted})
        _keep_what_is_there(output)
        handover = self._write(order, output, by=actor_named(user))
        manifest = json.dumps(manifest_of(handover), indent=2)
        if Path(output).is_file():
            with opened(output + MANIFEST) as file:
                file.write(f"{manifest}\n".encode())
            manifest = f"{handover.reference}: {handover.rows} rows, sha256 {handover.sha256}"
        self.stderr.write(manifest)
        if not handover.signature:
            self.stderr.write("It is not signed: CHECKPOINT_KEY is not set.")
        if handover.left_out:
            raise CommandError(f"{handover.left_out} left out: {LEFT_OUT}", returncode=SOME_REFUSED)

    def begin(self, order: Order, *, by: Actor) -> Handing:
        """Start the handover."""
        raise NotImplementedError

    def _write(self, order: Order, output: str, *, by: Actor) -> SuppressionHandover:
        try:
            with opened(output) as file:
                handing = self.begin(order, by=by)
                file.writelines(handing.chunks)
        except (NotAllowed, SuppressionError) as refusal:
            raise CommandError(str(refusal), returncode=USAGE) from None
        except OSError as error:
            raise CommandError(f"The file was not written to its end: {error.strerror}.") from None
        return handing.handover


def _keep_what_is_there(output: str) -> None:
    """Refuse to replace a file or a manifest: it may be the only proof of what another recipient got."""
    for path in (Path(output), Path(output + MANIFEST)) if output != "-" else ():
        if path.is_file():
            raise CommandError(f"{path} exists already, and is not replaced. Name another file.", returncode=USAGE)
