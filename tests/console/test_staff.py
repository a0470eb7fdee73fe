"""Administrators give colleagues a role; nobody gives anything to themselves."""

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.urls import reverse

from apps.audit.models import AuditEvent
from apps.console.roles import Role

PASSWORD = "several long words for staff 42"
NEW = {"username": "alice", "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def sam(member) -> User:
    return member("sam", Role.SUPPORT)


@pytest.fixture
def root(db) -> User:
    return User.objects.create_superuser("root", password="correct horse battery")


def address(user: User, page: str = "change") -> str:
    return reverse(f"admin:auth_user_{page}", args=[user.pk])


def send(client, user: User, **changes):
    return client.post(address(user), {"username": user.username, "is_active": "on", **changes})


def test_an_administrator_gives_a_colleague_a_role(client, adam, sam):
    client.force_login(adam)

    send(client, sam, groups=[Group.objects.get(name=Role.APPROVER.value).pk])

    assert [group.name for group in sam.groups.all()] == [Role.APPROVER.value]


def test_a_new_colleague_may_log_in(client, adam):
    client.force_login(adam)

    client.post(reverse("admin:auth_user_add"), NEW)

    assert User.objects.get(username="alice").is_staff
    assert client.login(username="alice", password=PASSWORD)


def test_nobody_becomes_superuser_through_a_page(client, root, sam):
    client.force_login(root)

    send(client, sam, is_superuser="on", user_permissions=["1"])

    sam.refresh_from_db()
    assert not sam.is_superuser
    assert not sam.user_permissions.exists()


@pytest.mark.parametrize("page", ["change", "password_change"])
def test_nobody_edits_the_own_account(client, adam, page):
    client.force_login(adam)

    name = "admin:auth_user_password_change" if page == "password_change" else "admin:auth_user_change"
    response = client.post(reverse(name, args=[adam.pk]), {"username": "adam"})

    assert response.status_code == 403


def test_an_administrator_edits_no_superuser(client, adam, root):
    client.force_login(adam)

    assert send(client, root).status_code == 403


def test_nobody_deletes_an_account(client, root, sam):
    client.force_login(root)

    assert client.post(address(sam, "delete"), {"post": "yes"}).status_code == 403


def test_a_role_has_no_page():
    assert not admin.site.is_registered(Group)


def test_the_list_shows_the_people_in_one_role(client, adam, sam):
    client.force_login(adam)

    page = client.get(reverse("admin:auth_user_changelist"), {"role": Role.SUPPORT.value})

    assert [user.username for user in page.context["cl"].result_list] == ["sam"]


def test_support_sees_no_accounts(client, sam):
    client.force_login(sam)

    assert client.get(reverse("admin:auth_user_changelist")).status_code == 403


@pytest.mark.parametrize("lookup", ["password__startswith", "email__contains", "groups__permissions__codename"])
def test_the_list_answers_no_question_but_its_filters(client, adam, lookup):
    client.force_login(adam)

    response = client.get(reverse("admin:auth_user_changelist"), {lookup: "a"})

    assert response.status_code in {302, 400}


def test_the_list_asks_the_database_as_often_for_many_people(client, adam, member, django_assert_max_num_queries):
    for number in range(20):
        member(f"colleague{number}", Role.SUPPORT)
    client.force_login(adam)

    with django_assert_max_num_queries(12):
        client.get(reverse("admin:auth_user_changelist"))


def test_the_log_of_the_admin_names_the_account_and_no_address(client, adam, sam):
    client.force_login(adam)

    send(client, sam, email="sam@example.org", first_name="Samuel")

    entry = LogEntry.objects.get()
    assert entry.object_repr == "sam"
    assert "example.org" not in entry.change_message
    assert "Samuel" not in entry.change_message


def test_the_ledger_tells_who_gave_a_role_and_who_took_the_access(client, adam, sam):
    client.force_login(adam)

    send(client, sam, groups=[Group.objects.get(name=Role.APPROVER.value).pk])
    client.post(address(sam), {"username": "sam", "groups": [Group.objects.get(name=Role.APPROVER.value).pk]})

    given, taken = AuditEvent.objects.order_by("seq")
    assert (given.action, given.subject, given.actor) == ("staff.changed", "staff/sam", "adam")
    assert given.entry["facts"] == {
        "roles_before": "Support",
        "account": "staff/sam",
        "roles": "Approver",
        "active": True,
        "password_reset": False,
    }
    assert taken.entry["facts"]["active_before"] is True
    assert taken.entry["facts"]["active"] is False


def test_the_ledger_tells_a_password_reset_and_no_password(client, adam, sam):
    client.force_login(adam)

    client.post(
        reverse("admin:auth_user_password_change", args=[sam.pk]),
        {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD, "set-password": "yes"},
    )

    event = AuditEvent.objects.get()
    assert client.login(username="sam", password=PASSWORD)
    assert (event.action, event.subject) == ("staff.changed", "staff/sam")
    assert event.entry["facts"] == {
        "account": "staff/sam",
        "roles": "Support",
        "active": True,
        "password_reset": True,
    }


def test_the_ledger_tells_a_new_colleague(client, adam):
    client.force_login(adam)

    client.post(reverse("admin:auth_user_add"), NEW)

    event = AuditEvent.objects.get()
    assert (event.action, event.subject, event.actor) == ("staff.added", "staff/alice", "adam")


@pytest.mark.parametrize("changes", [{"first_name": "Samuel"}, {"username": ""}])
def test_the_ledger_tells_nothing_where_access_stays_the_same(client, adam, sam, changes):
    client.force_login(adam)

    send(client, sam, groups=[Group.objects.get(name=Role.SUPPORT.value).pk], **changes)

    assert not AuditEvent.objects.exists()


def test_an_account_named_like_an_address_is_told_by_its_number(client, adam, member):
    eve = member("eve@example.org", Role.SUPPORT)
    client.force_login(adam)

    send(client, eve, groups=[Group.objects.get(name=Role.APPROVER.value).pk])

    assert AuditEvent.objects.get().subject == f"staff/{eve.pk}"


def test_the_ledger_follows_somebody_who_is_renamed(client, adam, sam):
    client.force_login(adam)

    send(client, sam, username="samuel", groups=[Group.objects.get(name=Role.SUPPORT.value).pk])

    event = AuditEvent.objects.get()
    assert event.subject == "staff/sam"
    assert (event.entry["facts"]["account_before"], event.entry["facts"]["account"]) == ("staff/sam", "staff/samuel")
