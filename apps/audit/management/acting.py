"""Who acts where a command names somebody, and what its refusals end with."""

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError

from apps.audit.actors import Actor

USAGE = 2
SOME_REFUSED = 3


def actor_named(username: str | None) -> Actor:
    """Return who acts; without a name the operator, who holds the shell. Ends the command where nobody has the name."""
    if username is None:
        return Actor.command()
    user = get_user_model().objects.filter(username=username, is_active=True).first()
    if user is None:
        raise CommandError(f"There is no active user “{username}”.", returncode=USAGE)
    return Actor.command(user)
