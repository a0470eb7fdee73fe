from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat

from apps.audit.actors import Actor
from apps.audit.chain import Fact
from apps.audit.services import deed, record

from .roles import PERMISSIONS


@transaction.atomic
def sync_roles() -> list[str]:
    """Give each role exactly the rights of roles.py, and return the names of rights that no installed model has.

    Repeats do no harm. Rights added to a role by hand are taken away again: the code is the only place where they are
    decided. Permission rows are made here, because a migration runs before Django makes them. Touches only tables of
    auth and contenttypes, so that it may run while tables of other apps do not exist yet.
    """
    for config in apps.get_app_configs():
        create_permissions(config, verbosity=0)
    known = _known_permissions()
    for role, names in PERMISSIONS.items():
        group, _ = Group.objects.get_or_create(name=role.value)
        group.permissions.set([known[name] for name in names if name in known])
    return sorted(frozenset().union(*PERMISSIONS.values()) - known.keys())


@contextmanager
def staff_change(person: User, *, by: Actor, at: datetime) -> Iterator[None]:
    """Record in the same transaction what the block changes of a person's access; nothing where it changes none."""
    with deed():
        before, password = _standing(person.pk), _password(person.pk)
        yield
        after, is_reset = _standing(person.pk), _password(person.pk) != password
        if is_reset or after != before:
            facts = {f"{name}_before": value for name, value in before.items() if value != after[name]}
            record(
                "staff.changed", _subject(person), by=by, at=at, facts={**facts, **after, "password_reset": is_reset}
            )


@deed()
def note_new_staff(person: User, *, by: Actor, at: datetime) -> None:
    """Record that somebody got an account, in the transaction that made it."""
    record("staff.added", _subject(person), by=by, at=at, facts=_standing(person.pk))


def _standing(pk: int) -> dict[str, Fact]:
    person = User.objects.get(pk=pk)
    roles = ", ".join(person.groups.order_by("name").values_list("name", flat=True))
    return {"account": _subject(person), "roles": roles, "active": person.is_active}


def _password(pk: int) -> str:
    return User.objects.values_list("password", flat=True).get(pk=pk)


def _subject(person: User) -> str:
    """Name the account; one whose name is an address by its number, for the ledger keeps no address."""
    name = person.get_username()
    return f"staff/{person.pk if '@' in name else name}"


def _known_permissions() -> dict[str, Permission]:
    named = Permission.objects.annotate(full=Concat("content_type__app_label", Value("."), "codename"))
    return {permission.full: permission for permission in named}
