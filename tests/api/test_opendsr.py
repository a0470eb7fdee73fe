"""Every end of a ticket has one word of OpenDSR, and none claims more than happened."""

import pytest

from apps.api.opendsr import opendsr_status
from apps.tickets.models import DeletionTicket
from apps.tickets.states import Resolution, TicketStatus


@pytest.mark.parametrize(
    ("status", "resolution", "word"),
    [
        ("awaiting_identity", "", "pending"),
        ("pending_approval", "", "pending"),
        ("approved", "", "pending"),
        ("in_progress", "", "in_progress"),
        ("awaiting_readback", "", "in_progress"),
        ("completed", "erased_verified", "completed"),
        ("completed", "accepted_unverified", "completed"),
        ("completed", "erased_by_hand", "completed"),
        ("completed", "not_found", "completed"),
        ("completed", "exempt", "completed"),
        ("completed", "partly_erased", "in_progress"),
        ("completed", "not_erased", "cancelled"),
        ("denied", "denied", "cancelled"),
        ("cancelled", "withdrawn", "cancelled"),
        ("duplicate", "duplicate", "cancelled"),
    ],
)
def test_each_state_has_a_word(status, resolution, word):
    assert opendsr_status(DeletionTicket(status=status, resolution=resolution)) == word


def test_a_duplicate_is_as_far_as_its_cover():
    cover = DeletionTicket(status="in_progress")

    assert opendsr_status(DeletionTicket(status="duplicate", resolution="duplicate", cover=cover)) == "in_progress"


def test_every_state_and_every_end_has_one():
    for status in TicketStatus:
        for resolution in Resolution:
            assert opendsr_status(DeletionTicket(status=status, resolution=resolution))
