"""People, and a database whose ledger tests may empty between them."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import override_settings
from redis import Redis

from apps.audit import guards as ledger_guards
from apps.console.roles import Role
from apps.console.services import sync_roles
from tests.browser import (  # noqa: F401  (fixtures and the hook of this folder: as a plugin they lose to Playwright's)
    base_url,
    browser_page,
    browser_type_launch_args,
    complaints,
    csp,
    pytest_terminal_summary,
)
from tests.sandbox_process import Sandbox


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> Iterator[list[str]]:
    """Take the guards of the ledger away once, since emptying tables after a test is what they refuse.

    Yields the names of those that the migrations failed to leave behind. A browser's event loop hides connections from
    Django, and PostgreSQL drops no database that somebody uses: whoever is left at the end is disconnected.
    """
    with django_db_blocker.unblock():
        missing = ledger_guards.missing(connection)
        ledger_guards.remove(connection)
    yield missing
    with django_db_blocker.unblock():
        _disconnect_all_others()


def _disconnect_all_others() -> None:
    if connection.vendor == "postgresql":
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_terminate_backend(pid) {others}")


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Hash passwords as fast as possible: each test makes its own people, and none of them is attacked."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session")
def _redis_client() -> Redis | None:
    return Redis.from_url(settings.REDIS_URL) if settings.REDIS_URL else None


@pytest.fixture(autouse=True)
def _empty_queue(_redis_client: Redis | None) -> Iterator[None]:
    """Forget what a test left in a queue on Redis, which no rolled back transaction takes away."""
    yield
    if _redis_client:
        _redis_client.delete(f"django_q:{settings.QUEUE}:q")


@pytest.fixture(autouse=True)
def _own_accounts() -> Iterator[None]:
    """Forget after each test which accounts it put into the environment."""
    with override_settings(VENDOR_SECRET_URLS=settings.VENDOR_SECRET_URLS):
        yield


@pytest.fixture(autouse=True)
def _own_anchor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Compare no test's ledger with that of the test before it."""
    with override_settings(ANCHOR_FILE=tmp_path_factory.mktemp("anchor") / "anchor.json"):
        yield


@pytest.fixture
def guards(db) -> Iterator[None]:
    """Put the guards of the ledger back for one test."""
    ledger_guards.install(connection)
    yield
    ledger_guards.remove(connection)


@pytest.fixture
def alice(db) -> User:
    return _member("alice", Role.SUPPORT)


@pytest.fixture
def bob(db) -> User:
    return _member("bob", Role.APPROVER)


@pytest.fixture
def carol(db) -> User:
    return _member("carol", Role.AUDITOR)


@pytest.fixture
def olga(db) -> User:
    return _member("olga", Role.OPERATOR)


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_process: Sandbox) -> Iterator[Sandbox]:
    """Both vendors, fresh. Accounts that a test adds to VENDOR_SECRET_URLS are forgotten after it."""
    sandbox_process.reset()
    with override_settings(VENDOR_SECRET_URLS={}):
        yield sandbox_process


def _member(username: str, role: Role) -> User:
    """Make somebody in a role; migrations made the roles, unless a test that emptied the database came before."""
    if not Group.objects.filter(name=role.value).exists():
        sync_roles()
    user = User.objects.create_user(username, password="correct horse battery", is_staff=True)
    user.groups.add(Group.objects.get(name=role.value))
    return user
