import pytest

from apps.tickets.states import progress_of, resolution_of


@pytest.mark.parametrize(
    ("statuses", "resolution"),
    [
        (["exempt", "exempt"], "exempt"),
        (["rejected"], "not_erased"),
        (["stopped", "not_found"], "not_erased"),
        (["retry_wait"], "not_erased"),
        (["outcome_unknown", "exempt"], "not_erased"),
        (["verified_absent", "rejected"], "partly_erased"),
        (["accepted", "exempt"], "partly_erased"),
        (["manual", "still_present"], "partly_erased"),
        (["accepted", "verified_absent"], "accepted_unverified"),
        (["accepted", "not_found"], "accepted_unverified"),
        (["not_found", "not_found"], "not_found"),
        (["not_found", "exempt"], "not_found"),
        (["manual", "not_found"], "erased_by_hand"),
        (["manual", "verified_absent"], "erased_verified"),
        (["verified_absent", "not_found"], "erased_verified"),
    ],
)
def test_the_first_rule_that_fits_names_the_resolution(statuses, resolution):
    assert resolution_of(statuses) == resolution


def test_what_was_not_applicable_does_not_count():
    assert resolution_of(["not_applicable", "exempt"]) == "exempt"


@pytest.mark.parametrize(
    ("current", "still_open", "target"),
    [
        ("approved", ["queued"], "approved"),
        ("approved", [], "completed"),
        ("in_progress", ["accepted", "queued"], "in_progress"),
        ("in_progress", ["accepted", "accepted"], "awaiting_readback"),
        ("in_progress", ["rejected", "accepted"], "in_progress"),
        ("awaiting_readback", ["retry_wait"], "in_progress"),
        ("awaiting_readback", [], "completed"),
    ],
)
def test_a_ticket_follows_its_erasures(current, still_open, target):
    assert progress_of(current, still_open) == target
