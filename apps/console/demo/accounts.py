"""The four people of a demo. An account that exists is left as it is."""

from dataclasses import dataclass

from django.contrib.auth.models import Group, User

from apps.console.roles import Role

PEOPLE = {
    "alice": (Role.SUPPORT, "opens tickets"),
    "bob": (Role.APPROVER, "approves them"),
    "carol": (Role.AUDITOR, "reads and reports"),
    "olga": (Role.OPERATOR, "minds the vendor accounts"),
}


@dataclass(frozen=True)
class Login:
    username: str
    role: str
    job: str
    password: str  # empty: no longer the demo's


def make_accounts(password: str) -> list[Login]:
    """Make the accounts that are missing, each in the group of its role."""
    return [_login(name, role, job, password) for name, (role, job) in PEOPLE.items()]


def _login(name: str, role: Role, job: str, password: str) -> Login:
    user, is_new = User.objects.get_or_create(username=name, defaults={"is_staff": True})
    if is_new:
        user.set_password(password)
        user.save(update_fields=["password"])
        user.groups.add(Group.objects.get(name=role.value))
    return Login(name, role.value, job, password if user.check_password(password) else "")
