"""The five roles have exactly the rights that the code decides."""

from importlib import import_module

import pytest
from django.contrib.auth.models import Group, Permission

from apps.console.roles import PERMISSIONS, Role
from apps.console.services import sync_roles


def rights(role: Role) -> set[str]:
    pairs = Group.objects.get(name=role.value).permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in pairs}


@pytest.fixture(autouse=True)
def roles(db):
    """Browser tests empty the database, so no test may count on what migrating left."""
    sync_roles()


def test_migrating_alone_makes_the_roles():
    Group.objects.all().delete()

    import_module("apps.console.migrations.0001_roles").make_roles(None, None)

    assert set(Group.objects.values_list("name", flat=True)) == {role.value for role in Role}
    assert rights(Role.ADMINISTRATOR) == PERMISSIONS[Role.ADMINISTRATOR]


def test_it_changes_nothing_the_second_time():
    before = {role: rights(role) for role in Role}

    sync_roles()

    assert {role: rights(role) for role in Role} == before


def test_it_makes_the_rows_that_a_migration_runs_too_early_to_find():
    Permission.objects.all().delete()

    sync_roles()

    assert rights(Role.ADMINISTRATOR) == PERMISSIONS[Role.ADMINISTRATOR]


def test_it_takes_away_what_was_added_by_hand():
    support = Group.objects.get(name=Role.SUPPORT.value)
    support.permissions.add(Permission.objects.get(codename="delete_user"))

    sync_roles()

    assert "auth.delete_user" not in rights(Role.SUPPORT)


def test_every_right_it_names_exists():
    assert sync_roles() == []


def test_the_auditor_changes_nothing():
    verbs = {name.split(".")[1].split("_")[0] for name in PERMISSIONS[Role.AUDITOR]}

    assert verbs == {"view", "check", "export"}


def test_the_administrator_sees_no_subject():
    assert {name.split(".")[0] for name in PERMISSIONS[Role.ADMINISTRATOR]} == {"auth", "api"}


def test_an_approver_may_do_what_support_may():
    assert PERMISSIONS[Role.SUPPORT] < PERMISSIONS[Role.APPROVER]
