"""What the commands of this app share: who acts, and how refusals end."""

from collections.abc import Iterable

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.audit.actors import Actor, NotAllowed
from apps.audit.management.acting import SOME_REFUSED, USAGE, actor_named
from apps.tickets.errors import TicketError

__all__ = ["SOME_REFUSED", "USAGE", "ActingCommand"]


class ActingCommand(BaseCommand):
    """A command that acts as a user of the console, with exactly that user's rights.

    Where ``needs_user`` is off and nobody is named, the operator acts: whoever holds the shell has every right.
    """

    needs_user = True

    def add_arguments(self, parser: CommandParser) -> None:
        without = "" if self.needs_user else " (the operator)"
        parser.add_argument(
            "--as", dest="user", required=self.needs_user, metavar="USER", help=f"user name to act as{without}"
        )

    def handle(self, **options):
        try:
            self.act(actor_named(options["user"]), **options)
        except NotAllowed as error:
            raise CommandError(str(error), returncode=USAGE) from None
        except TicketError as error:
            raise CommandError(str(error), returncode=USAGE) from None

    def act(self, by: Actor, **options) -> None:
        raise NotImplementedError

    def finish(self, refusals: Iterable[object]) -> None:
        """List what was refused and end with exit code 3; return where nothing was."""
        refused = [str(refusal) for refusal in refusals]
        for sentence in refused:
            self.stderr.write(sentence)
        if refused:
            raise CommandError(f"Done, but {len(refused)} refused.", returncode=SOME_REFUSED)
