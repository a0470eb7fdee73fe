"""What pages of every app need before they show or do anything."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from .actors import Actor, NotAllowed


def admit(request: HttpRequest, permission: str) -> Actor:
    """Return who asks, or answer 403 in the words of the refusal."""
    actor = Actor.page(request.user)
    try:
        actor.require(permission)
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    return actor
