"""A snapshot keeps little, opens for few, and can be destroyed without breaking the ledger."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from apps.audit.actors import Actor, NotAllowed
from apps.audit.findings import Findings
from apps.audit.models import AuditEvent, AuditSnapshot
from apps.audit.selectors import kept_in, verify
from apps.audit.services import open_snapshot, seal_snapshot, shred_snapshots
from apps.privacy.models import DataKey
from apps.privacy.vault import Shredded, VaultError
from tests.audit.builders import RAW, SINCE, found
from tests.constants import NOW

SUBJECT = "DEL-2026-000001/bento/email"
WORKER = Actor.worker()

pytestmark = pytest.mark.django_db


@pytest.fixture
def snapshot() -> AuditSnapshot:
    return seal_snapshot(SUBJECT, moment="before", findings=found(unsubscribed_at=SINCE), by=WORKER, at=NOW)


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("seq").values_list("action", flat=True))


def test_the_row_holds_counts_and_nothing_personal(snapshot):
    stored = AuditSnapshot.objects.get(pk=snapshot.pk)

    assert (stored.profiles, stored.unsubscribed, stored.vendor_uuids) == (1, True, ["u-1"])
    assert bytes(stored.digest) == hashlib.sha256(RAW).digest()
    assert b"Jane" not in bytes(stored.sealed)
    assert actions() == ["snapshot.sealed"]


def test_the_ledger_ties_the_sealed_bytes(snapshot):
    facts = AuditEvent.objects.get().entry["facts"]

    assert facts == {
        "snapshot": snapshot.pk,
        "moment": "before",
        "profiles": 1,
        "sealed_sha256": hashlib.sha256(snapshot.sealed).hexdigest(),
    }


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        (Findings((), b"{}"), None),
        (found(unsubscribed=None), None),
        (found(unsubscribed=False), False),
        (found(unsubscribed=True), True),
        (found(unsubscribed=None, unsubscribed_at=SINCE), True),
    ],
)
def test_unsubscribed_is_unknown_where_nobody_was_found_or_asked(findings, expected):
    assert seal_snapshot(SUBJECT, moment="after", findings=findings, by=WORKER, at=NOW).unsubscribed is expected


def test_opening_shows_state_without_the_address_and_names_the_reader(snapshot, carol):
    contents = open_snapshot(AuditSnapshot.objects.get(), by=Actor.page(carol), at=NOW)

    (profile,) = contents["profiles"]
    assert profile["fields"] == {"first_name": "Jane", "items": 3}
    assert profile["unsubscribed_at"] == SINCE
    assert "email" not in profile
    assert actions() == ["snapshot.sealed", "snapshot.viewed"]
    assert AuditEvent.objects.last().actor == "carol"


def test_support_may_not_open_it(snapshot, alice):
    with pytest.raises(NotAllowed, match="alice may not view audit snapshots"):
        open_snapshot(snapshot, by=Actor.page(alice), at=NOW)

    assert actions() == ["snapshot.sealed"]


def test_a_snapshot_moved_to_another_erasure_does_not_open(snapshot):
    AuditSnapshot.objects.update(subject="DEL-2026-000002/bento/email")

    with pytest.raises(VaultError):
        open_snapshot(AuditSnapshot.objects.get(), by=WORKER, at=NOW)


def test_shredding_leaves_uuids_digest_times_and_a_whole_ledger(snapshot):
    shredded = shred_snapshots(AuditSnapshot.objects.filter(pk=snapshot.pk), by=WORKER, at=NOW + timedelta(days=30))

    stored = AuditSnapshot.objects.get()
    assert shredded
    assert stored.sealed is None
    assert DataKey.objects.get().wrapped is None
    assert (stored.vendor_uuids, stored.unsubscribed, stored.taken_at) == (["u-1"], None, NOW)
    assert actions() == ["snapshot.sealed", "snapshot.shredded"]
    assert verify().fault is None


def test_a_shredded_snapshot_says_so(snapshot):
    shred_snapshots(AuditSnapshot.objects.filter(pk=snapshot.pk), by=WORKER, at=NOW)

    with pytest.raises(Shredded, match="destroyed"):
        open_snapshot(AuditSnapshot.objects.get(), by=WORKER, at=NOW)


def test_an_old_copy_of_the_sealed_bytes_stays_closed(snapshot):
    shred_snapshots(AuditSnapshot.objects.filter(pk=snapshot.pk), by=WORKER, at=NOW)
    AuditSnapshot.objects.update(sealed=snapshot.sealed)

    with pytest.raises(Shredded):
        open_snapshot(AuditSnapshot.objects.get(), by=WORKER, at=NOW)


def test_shredding_many_passes_over_those_already_gone(snapshot):
    seal_snapshot(SUBJECT, moment="after", findings=found(), by=WORKER, at=NOW)
    shred_snapshots(AuditSnapshot.objects.filter(pk=snapshot.pk), by=WORKER, at=NOW)

    assert shred_snapshots(AuditSnapshot.objects.all(), by=WORKER, at=NOW) == 1
    assert shred_snapshots(AuditSnapshot.objects.all(), by=WORKER, at=NOW) == 0
    assert actions().count("snapshot.shredded") == 2


def test_the_raw_answer_is_sealed_only_where_that_is_asked_for(carol):
    options = {"moment": "before", "findings": found(), "by": WORKER, "at": NOW}

    minimal, full = seal_snapshot(SUBJECT, **options), seal_snapshot(SUBJECT, full=True, **options)

    assert "raw" not in open_snapshot(minimal, by=Actor.page(carol), at=NOW)
    assert open_snapshot(full, by=Actor.page(carol), at=NOW)["raw"] == RAW.decode()
    assert b"jane" not in bytes(full.sealed)


def test_different_customer_ids_are_counted_without_an_event_for_reading_them(snapshot):
    profile = found().profiles[0]
    others = tuple(replace(profile, uuid=f"u-{n}", customer_id=owner) for n, owner in enumerate(["1", "2", "2", ""]))

    shared = seal_snapshot(SUBJECT, moment="before", findings=Findings(others, RAW), by=WORKER, at=NOW)

    assert (snapshot.owners, shared.owners) == (1, 2)
    assert [kept.customer_id for kept in kept_in(shared)] == ["1", "2", "2", ""]
    assert kept_in(shared)[0].fields == ("first_name", "items")
    assert "snapshot.viewed" not in actions()
