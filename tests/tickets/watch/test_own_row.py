"""The watch holds up nobody for one person it cannot read, and frees only the row that is still its own."""

from datetime import timedelta

import pytest

from apps.audit.actors import Actor
from apps.privacy.models import DataKey
from apps.tickets.models import Reappearance, Recheck, Watch
from apps.tickets.services import rechecking, searching, watching
from apps.vendors.clients.errors import Outcome, VendorRefusal, VendorUnavailable
from apps.vendors.models import VendorAccount
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


@pytest.fixture
def theirs(clock):
    """Let another run take the row, and return what it holds then."""

    def take() -> dict:
        Watch.objects.update(leased_until=clock() + timedelta(hours=1), failure="their words", checked=7)
        return Watch.objects.values().get()

    return take


@pytest.mark.parametrize(
    "error",
    [
        None,
        VendorRefusal("Key refused.", outcome=Outcome.KEY_REFUSED, http_status=401),
        VendorUnavailable("No search.", outcome=Outcome.REJECTED, http_status=403),
    ],
)
def test_a_run_that_lost_its_row_writes_neither_mode_nor_failure(erased, run, theirs, monkeypatch, error):
    ticket, taken = erased(), []

    def search(round_):
        taken.append(theirs())
        if error:
            raise error

    monkeypatch.setattr(watching, "search", search)
    run(ticket)

    assert Watch.objects.values().get() == taken[0]
    assert VendorAccount.objects.get().paused_at is None


@pytest.mark.parametrize(("module", "step"), [(searching, "_changed_since"), (rechecking, "look")])
def test_a_run_that_lost_its_row_records_nothing_of_what_it_found(
    erased, run, sandbox, theirs, monkeypatch, module, step
):
    sandbox.settings(bento_search="open" if module is searching else "refused")
    ticket, taken, found = erased(), [], getattr(module, step)
    sandbox.recreate("bento", "ada@example.com")

    def find_while_the_row_is_taken(*args, **options):
        taken.append(theirs())
        return found(*args, **options)

    monkeypatch.setattr(module, step, find_while_the_row_is_taken)
    run(ticket)

    assert Watch.objects.values().get() == taken[0]
    assert not Reappearance.objects.exists()
    assert not Recheck.objects.exists()


def test_an_operator_who_asks_while_a_refusal_is_on_its_way_is_heard(erased, run, sandbox, clock, olga, monkeypatch):
    ticket = erased()
    assert run(ticket).mode == "finds"
    clock.advance(days=1)

    def refused_meanwhile(round_):
        assert watching.search_again(round_.account, by=Actor.page(olga), at=clock())
        raise VendorUnavailable("No search.", outcome=Outcome.REJECTED, http_status=403)

    monkeypatch.setattr(watching, "search", refused_meanwhile)
    assert run(ticket).refused_at is None
    monkeypatch.undo()

    sandbox.settings(bento_search="open")
    assert run(ticket).mode == "search"
