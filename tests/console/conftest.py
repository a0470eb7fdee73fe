import pytest
from django.contrib.auth.models import Group, User

from apps.console.roles import Role
from apps.console.services import sync_roles


@pytest.fixture
def member(db):
    """Make a member of staff in one role. Pages in a browser empty the database, so the roles are made here again."""
    sync_roles()

    def make(username: str, role: Role) -> User:
        user = User.objects.create_user(username, password="correct horse battery", is_staff=True)
        user.groups.add(Group.objects.get(name=role.value))
        return user

    return make


@pytest.fixture
def adam(member) -> User:
    return member("adam", Role.ADMINISTRATOR)
