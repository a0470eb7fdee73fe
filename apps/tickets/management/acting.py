"""What the commands of this app share: who acts, and how refusals end."""

from collections.abc import Iterable

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.audit.actors import Actor, NotAllowed
from apps.tickets.errors import TicketError

USAGE = 2
SOME_REFUSED = 3


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
            self.act(_actor(options["user"]), **options)
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


def _actor(username: str | None) -> Actor:
    if username is None:
        return Actor.command()
    user = get_user_model().objects.filter(username=username, is_active=True).first()
    if user is None:
        raise CommandError(f"There is no active user “{username}”.", returncode=USAGE)
    return Actor.command(user)
