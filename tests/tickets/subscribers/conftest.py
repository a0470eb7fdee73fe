import pytest

from apps.audit.actors import Actor
from apps.suppression.services import suppress
from tests.constants import NOW
from tests.tickets.builders import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def operator(olga) -> Actor:
    return Actor.page(olga)


@pytest.fixture
def block(db):
    """Put addresses on the list of erased people."""

    def put(*emails: str) -> None:
        pairs = [("email", email) for email in emails]
        suppress(pairs, list_name="erased", source_kind="import", reference="IMP-1", by=Actor.worker(), at=NOW)

    return put
