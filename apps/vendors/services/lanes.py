"""Take, keep and leave the exclusive right to send for an account."""

from datetime import datetime, timedelta

from django.db.models import Q

from apps.vendors.models import Lane, VendorAccount

LANE_TASK = "apps.tickets.tasks.work_lane"
SWEEP_TASK = "apps.tickets.tasks.sweep"
LEASE = timedelta(seconds=30)


def take_lane(account: VendorAccount, *, owner: str, at: datetime) -> Lane | None:
    """Take one free lane of the account, or return None where others hold them all; a lapsed lease counts as free."""
    free = Q(leased_until=None) | Q(leased_until__lte=at)
    for lane in Lane.objects.filter(free, account=account).order_by("number"):
        taken = Lane.objects.filter(free, pk=lane.pk).update(owner=owner, leased_until=at + LEASE)
        if taken:
            return Lane.objects.get(pk=lane.pk)
    return None


def keep_lane(lane: Lane, *, at: datetime) -> bool:
    """Prolong the lease; return False where it lapsed and another worker took the lane: stop at once."""
    return bool(Lane.objects.filter(pk=lane.pk, owner=lane.owner).update(leased_until=at + LEASE))


def leave_lane(lane: Lane) -> None:
    """Give the lane back; does nothing where another worker holds it by now."""
    Lane.objects.filter(pk=lane.pk, owner=lane.owner).update(owner="", leased_until=None)
