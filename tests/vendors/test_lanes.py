"""The exclusive right to send for an account."""

import pytest

from apps.vendors.models import Lane, VendorAccount
from apps.vendors.services.lanes import LEASE, keep_lane, leave_lane, take_lane
from tests.constants import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> VendorAccount:
    row = VendorAccount.objects.create(name="bento", vendor="bento", host="127.0.0.1", synced_at=NOW)
    Lane.objects.create(account=row, number=1)
    return row


def test_a_lane_belongs_to_one_worker(account):
    lane = take_lane(account, owner="one", at=NOW)

    assert (lane.owner, lane.leased_until) == ("one", NOW + LEASE)
    assert take_lane(account, owner="two", at=NOW) is None


def test_several_lanes_serve_as_many_workers(account):
    Lane.objects.create(account=account, number=2)

    taken = [take_lane(account, owner=owner, at=NOW) for owner in ("one", "two", "three")]

    assert [lane and lane.number for lane in taken] == [1, 2, None]


def test_a_lapsed_lease_is_free(account):
    take_lane(account, owner="one", at=NOW)

    assert take_lane(account, owner="two", at=NOW + LEASE).owner == "two"


def test_a_kept_lane_stays_taken(account):
    lane = take_lane(account, owner="one", at=NOW)

    assert keep_lane(lane, at=NOW + LEASE / 2)
    assert take_lane(account, owner="two", at=NOW + LEASE) is None


def test_whoever_lost_the_lane_is_told_and_takes_nothing_from_the_other(account):
    lost = take_lane(account, owner="one", at=NOW)
    take_lane(account, owner="two", at=NOW + LEASE)

    assert not keep_lane(lost, at=NOW + LEASE)
    leave_lane(lost)

    assert Lane.objects.get().owner == "two"


def test_a_lane_that_was_left_is_free_at_once(account):
    leave_lane(take_lane(account, owner="one", at=NOW))

    assert take_lane(account, owner="two", at=NOW)


def test_lanes_of_another_account_are_not_taken(account):
    other = VendorAccount.objects.create(name="other", vendor="bento", host="127.0.0.1", synced_at=NOW)

    assert take_lane(other, owner="one", at=NOW) is None
