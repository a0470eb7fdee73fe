"""A ticket of before a new pepper and one of after it are about one person: an unsubscribe and a deletion meet."""

import pytest

from apps.tickets.selectors.due import sends
from tests.tickets.builders import ADA, approve_one, open_one, rotate_peppers, work

from .conftest import fresh


@pytest.fixture
def two(looked_at, settings, alice, clock):
    """Open one ticket before the rotation and one after it; both have seen the person."""
    older = looked_at()
    rotate_peppers(settings)
    newer = open_one(ADA, opened_by=alice)
    work(clock)
    assert fresh(older).identifier.digest != fresh(newer).identifier.digest
    return older, newer


@pytest.mark.parametrize("muted", [0, 1])
def test_a_deletion_waits_for_the_unsubscribe_that_the_other_ticket_asked_for(two, muted, ask, run, bob, clock):
    act, other = run(ask(two[muted])), two[1 - muted]
    approve_one(other, approved_by=bob, at=clock())
    type(act.erasure).objects.update(not_before=clock())

    assert act.status == "sent"
    assert not sends(fresh(other).account, at=clock()).exists()


@pytest.mark.parametrize("muted", [0, 1])
def test_an_unsubscribe_gives_way_to_the_deletion_of_the_other_ticket(sandbox, two, muted, ask, run, bob, clock):
    sandbox.settings(bento_anonymize_delay=3600)
    act = ask(two[muted])
    approve_one(two[1 - muted], approved_by=bob, at=clock())
    work(clock)

    act = run(act)

    assert (act.status, act.outcome) == ("failed", "left_first")
    assert sandbox.journal(action="commands") == []


def test_an_unsubscribe_puts_off_the_deletion_of_the_other_ticket(two, ask, run, clock):
    run(ask(two[0]))

    assert fresh(two[1]).not_before > clock()
