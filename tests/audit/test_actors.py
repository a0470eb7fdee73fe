"""Rights are asked of the actor, and a refusal names the person and the deed."""

import pytest
from django.contrib.auth.models import AnonymousUser, Permission, User

from apps.audit.actors import Actor, NotAllowed

VIEW = "audit.view_auditsnapshot"

pytestmark = pytest.mark.django_db


@pytest.fixture
def dave() -> User:
    return User.objects.create_user("dave")


def test_a_refusal_says_who_may_not_do_what(dave):
    with pytest.raises(NotAllowed, match="^dave may not view audit snapshots.$"):
        Actor.page(dave).require(VIEW)


def test_a_right_without_a_model_is_worded_too(dave):
    with pytest.raises(NotAllowed, match="dave may not waive snapshot"):
        Actor.page(dave).require("tickets.waive_snapshot")


def test_who_has_the_right_passes(dave):
    dave.user_permissions.add(Permission.objects.get(codename="view_auditsnapshot"))

    assert Actor.page(dave).require(VIEW) is None


def test_a_switched_off_account_has_no_rights(dave):
    dave.is_superuser, dave.is_active = True, False

    with pytest.raises(NotAllowed):
        Actor.page(dave).require(VIEW)


@pytest.mark.parametrize("actor", [Actor.page(AnonymousUser()), Actor(None, "page"), Actor(None, "api")])
def test_nobody_has_no_rights(actor):
    with pytest.raises(NotAllowed):
        actor.require(VIEW)


def test_the_worker_and_the_operator_have_every_right():
    Actor.worker().require(VIEW)
    Actor.command(None).require(VIEW)

    assert (Actor.worker().name, Actor.command(None).name) == ("console", "operator")


def test_a_command_obeys_the_rights_of_its_user(dave):
    with pytest.raises(NotAllowed):
        Actor.command(dave).require(VIEW)


def test_a_command_names_machine_and_account(dave):
    actor = Actor.command(dave)

    assert actor.host
    assert actor.os_user
    assert actor.name == "dave"
