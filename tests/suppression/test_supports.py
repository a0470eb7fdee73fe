"""What holds an entry on its list, and under which digests an address is found there."""

import hashlib

import pytest

from apps.privacy.digests import digests_of_sha256
from apps.suppression.models import SuppressionEntry, SuppressionImport
from apps.suppression.selectors import blocks
from apps.suppression.services import withdraw
from tests.constants import NOW
from tests.suppression.builders import JANE, WORKER, block, only_entry

pytestmark = pytest.mark.django_db


def made_by_an_import(**changes) -> SuppressionEntry:
    block(JANE)
    entry = only_entry()
    row = {"reference": "import-1", "list": entry.list, "identifiers": "email", "via": "command", "started_at": NOW}
    entry.source_import = SuppressionImport.objects.create(**row | changes)
    entry.save(update_fields=["source_import"])
    return entry


def test_an_address_is_found_by_the_sha256_that_another_tool_made():
    block(JANE)
    (weak,) = digests_of_sha256(hashlib.sha256(JANE.encode()).hexdigest().upper())
    SuppressionEntry.objects.update(kind="email_sha256", digest=weak.value)

    assert [found.list_name for found in blocks("email", " Jane@Example.com", NOW)] == ["erased"]
    assert not blocks("customer_id", JANE, NOW)


def test_the_database_holds_no_plain_sha256():
    plain = hashlib.sha256(JANE.encode())

    assert digests_of_sha256(plain.hexdigest())[0].value != plain.digest()


def test_an_import_holds_what_it_made_without_a_source_of_its_own():
    made_by_an_import()

    assert withdraw(source_kind="ticket", reference="DEL-1", by=WORKER, at=NOW) == 0

    (found,) = blocks("email", JANE, NOW)
    assert [source.words for source in found.sources] == ["Import: import-1"]


def test_a_withdrawn_import_holds_nothing():
    made_by_an_import(withdrawn_at=NOW)
    assert [source.kind for source in blocks("email", JANE, NOW)[0].sources] == ["ticket"]

    assert withdraw(source_kind="ticket", reference="DEL-1", by=WORKER, at=NOW) == 1
