from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat

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


def _known_permissions() -> dict[str, Permission]:
    named = Permission.objects.annotate(full=Concat("content_type__app_label", Value("."), "codename"))
    return {permission.full: permission for permission in named}
