"""Who did something, and by which way."""

import getpass
import os
import socket
from dataclasses import dataclass
from typing import Self

from django.apps import apps
from django.contrib.auth.models import AbstractUser

from .errors import AuditError

# Who works without a user: the console itself, and the person who holds its shell.
NAMES = {"worker": "console", "command": "operator"}


class NotAllowed(AuditError):
    """The person lacks the right to do this."""


@dataclass(frozen=True)
class Actor:
    """One person, or the console itself, with the way they came by: page, command, worker or api."""

    user: AbstractUser | None
    via: str
    host: str = ""
    os_user: str = ""
    rights: frozenset[str] = frozenset()

    @classmethod
    def page(cls, user: AbstractUser) -> Self:
        return cls(user, "page")

    @classmethod
    def command(cls, user: AbstractUser | None = None) -> Self:
        """Name the shell's user too. Without a user of the console the operator acts, who has every right."""
        return cls(user, "command", host=socket.gethostname(), os_user=_os_user())

    @classmethod
    def api(cls, user: AbstractUser, *, rights: frozenset[str]) -> Self:
        """Act for an upstream system: the rights of its token are all it has, whatever roles its user may be given."""
        return cls(user, "api", rights=rights)

    @classmethod
    def worker(cls) -> Self:
        return cls(None, "worker")

    @property
    def name(self) -> str:
        return self.user.get_username() if self.user else NAMES.get(self.via, "nobody")

    def require(self, permission: str) -> None:
        """Raise NotAllowed unless this actor has the permission, such as tickets.approve_deletionticket."""
        if self.user is None and self.via in NAMES:
            return
        if not self._has(permission):
            raise NotAllowed(f"{self.name} may not {_words(permission)}.")

    def _has(self, permission: str) -> bool:
        if self.via == "api":
            return permission in self.rights
        return self.user is not None and self.user.has_perm(permission)


def _os_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return f"uid {os.getuid()}"


def _words(permission: str) -> str:
    """Turn tickets.approve_deletionticket into “approve deletion tickets”."""
    app_label, _, codename = permission.partition(".")
    verb, _, model = codename.partition("_")
    try:
        return f"{verb} {apps.get_model(app_label, model)._meta.verbose_name_plural}"
    except LookupError:
        return codename.replace("_", " ")
