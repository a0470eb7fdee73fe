"""What a token may be used for: each scope is one right of the console, checked by the same services as a person's."""

from collections.abc import Iterable

from django.db.models import TextChoices


class Scope(TextChoices):
    CHECK = "check", "Ask who is suppressed"
    INTAKE = "intake", "Open deletion tickets"
    READ = "read", "Read the state of tickets it opened"
    LIFT = "lift", "Lift suppression entries"


RIGHTS: dict[str, str] = {
    Scope.CHECK: "suppression.check_suppressionentry",
    Scope.INTAKE: "tickets.add_deletionticket",
    Scope.READ: "tickets.view_deletionticket",
    Scope.LIFT: "suppression.lift_suppressionentry",
}


def rights_of(scopes: Iterable[str]) -> frozenset[str]:
    """Return the rights of a token; a scope that this release does not know gives none."""
    return frozenset(RIGHTS[scope] for scope in scopes if scope in RIGHTS)
