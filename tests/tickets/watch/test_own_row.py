"""The watch holds up nobody for one person it cannot read, and frees only the row that is still its own."""

from datetime import timedelta

from apps.privacy.models import DataKey
from apps.tickets.models import Reappearance, Recheck, Watch
from apps.tickets.services import watching
from tests.tickets.watch.conftest import ALAN


def test_a_person_whose_key_is_missing_counts_as_checked_and_holds_up_nobody(erased, run, sandbox, clock):
    lost, other = erased("ada@example.com"), erased(ALAN)
    DataKey.objects.filter(pk=lost.key_id).update(key_id="missing")
    sandbox.recreate("bento", ALAN)
    clock.advance(minutes=15)

    state = run(lost)

    assert (state.failure, Reappearance.objects.get().ticket) == ("", other)
    assert Recheck.objects.filter(erasure__ticket=lost).exists()


def test_a_run_that_lost_its_row_leaves_the_lease_of_the_next(erased, run, clock, monkeypatch):
    ticket, theirs = erased(), clock() + timedelta(hours=1)
    monkeypatch.setattr(watching, "_run", lambda round_: Watch.objects.update(leased_until=theirs))

    run(ticket)

    assert Watch.objects.get().leased_until == theirs
