"""What an account makes of its vendor's answers: it waits, closes its day, breaks and heals, or asks a person."""

from datetime import timedelta

import pytest

from apps.audit.actors import Actor
from apps.audit.models import AuditEvent
from apps.audit.services import deed
from apps.vendors.accounts import Options
from apps.vendors.backoff import backoff, probe_pause
from apps.vendors.clients.errors import Outcome
from apps.vendors.models import Usage, VendorAccount
from apps.vendors.services.heeding import Heard, begin_probe, heed
from apps.vendors.services.quota import next_slot_at, reserve_sends, sends_left
from tests.constants import NOW

WORKER = Actor.worker()
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
FREED = DAY + MINUTE + timedelta(seconds=40)  # a minute counts until its last request is a day old
OPTIONS = Options(per_day=10, retry_base=MINUTE)
FAILURES = [Outcome.MAYBE_ARRIVED, Outcome.UNKNOWN, Outcome.UNREACHED]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def account() -> VendorAccount:
    return VendorAccount.objects.create(name="bento", vendor="bento", host="127.0.0.1", per_day=10, synced_at=NOW)


def row() -> VendorAccount:
    return VendorAccount.objects.get()


@deed()
def hear(outcome: Outcome, number: int = 1, *, at=NOW, began_at=None, options=OPTIONS, **more) -> None:
    heard = Heard(outcome, f"DEL-{number}/bento/email", began_at or at, **more)
    heed(row(), options, heard, by=WORKER, at=at)


def busy(at=NOW, **more) -> None:
    hear(Outcome.BUSY, at=at, **more)


def fail(numbers, at=NOW, **more) -> None:
    for number in numbers:
        hear(Outcome.MAYBE_ARRIVED, number, at=at, **more)


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("seq").values_list("action", flat=True))


def upper(_low: float, high: float) -> float:
    return high


def test_the_backoff_doubles_up_to_an_hour():
    minutes = [backoff(MINUTE, k, spread=upper) / MINUTE for k in (0, 1, 2, 5, 6, 40_000)]

    assert minutes == [1, 2, 4, 32, 60, 60]
    assert backoff(2 * timedelta(hours=1), 3, spread=upper) == timedelta(hours=2)


def test_the_backoff_is_anything_from_a_second_up():
    delays = [backoff(MINUTE, 3).total_seconds() for _ in range(500)]

    assert min(delays) >= 1
    assert max(delays) <= 480
    assert min(delays) < 100 < 380 < max(delays)


def test_the_pause_before_a_probe_ends_at_ten_times_the_base():
    assert [probe_pause(MINUTE, k, spread=upper) / MINUTE for k in (0, 1, 3, 4, 900)] == [1, 2, 8, 10, 10]
    assert all(5 <= probe_pause(MINUTE, 9) / MINUTE <= 10 for _ in range(100))


def test_a_busy_vendor_is_left_alone_for_as_long_as_it_asks():
    busy(retry_after=3600.0)

    assert row().wait_until == NOW + timedelta(hours=1)
    assert not row().may_be_called(NOW + timedelta(minutes=59))
    assert row().may_be_called(NOW + timedelta(hours=1))


def test_what_it_asks_for_is_a_floor():
    VendorAccount.objects.update(waits=6)
    waits = []
    for number in range(40):
        at = NOW + number * DAY
        busy(at, retry_after=1.0)
        waits.append(row().wait_until - at)
        VendorAccount.objects.update(waits=6, wait_until=None)

    assert max(waits) > timedelta(minutes=10)


def test_a_shorter_wait_never_replaces_a_longer_one():
    busy(retry_after=3600.0)
    busy(retry_after=600.0)

    assert row().wait_until == NOW + timedelta(hours=1)


def test_pauses_are_counted_and_not_the_answers_that_were_in_flight_when_one_began():
    for second in range(4):
        busy(NOW + timedelta(seconds=second), began_at=NOW - timedelta(seconds=1))
    assert row().waits == 1

    busy(NOW + DAY)

    assert row().waits == 2


def test_an_answer_in_flight_may_still_ask_for_more_time():
    busy(retry_after=60.0)
    busy(NOW + timedelta(seconds=1), began_at=NOW - timedelta(seconds=1), retry_after=600.0)

    assert (row().wait_until, row().waits) == (NOW + timedelta(seconds=601), 1)


def test_a_documented_answer_ends_the_run_of_pauses_unless_it_was_in_flight_before():
    busy()
    hear(Outcome.ACCEPTED, at=NOW + MINUTE, began_at=NOW - MINUTE)
    assert row().waits == 1

    hear(Outcome.ACCEPTED, at=NOW + MINUTE)

    assert row().waits == 0


def test_looks_that_work_do_not_end_a_run_of_refused_deletions():
    busy(is_send=True)
    hear(Outcome.ACCEPTED, at=NOW + DAY)
    assert (row().waits, row().send_waits) == (1, 1)

    hear(Outcome.ACCEPTED, at=NOW + DAY, is_send=True)

    assert (row().waits, row().send_waits) == (0, 0)


def refuse_deletions(times: int) -> None:
    for number in range(times):
        busy(NOW + number * timedelta(hours=1), is_send=True)


@pytest.mark.parametrize(("sent", "pauses", "closes"), [(5, 3, True), (5, 2, False), (4, 3, False)])
def test_three_pauses_in_a_row_close_a_day_that_is_half_used(account, sent, pauses, closes):
    Usage.objects.create(account=account, minute=NOW - timedelta(hours=2), sends=sent)

    refuse_deletions(pauses)

    opens_at = NOW - timedelta(hours=2) + FREED
    at = NOW + timedelta(hours=3)
    assert row().day_closed_until == (opens_at if closes else None)
    assert next_slot_at(row(), OPTIONS, at=at) == (opens_at if closes else None)
    assert sends_left(row(), OPTIONS, at=at) == (0 if closes else 10 - sent)
    assert actions() == (["account.day_closed"] if closes else [])


def test_a_closed_day_takes_no_deletion_and_opens_by_itself(account):
    Usage.objects.create(account=account, minute=NOW, sends=5)
    refuse_deletions(3)

    granted = [reserve_sends(account, OPTIONS, wanted=9, urgent=True, at=NOW + wait) for wait in (DAY, FREED)]

    assert granted == [0, 9]


def test_pauses_of_looks_close_no_day(account):
    Usage.objects.create(account=account, minute=NOW, sends=9)

    for number in range(4):
        busy(NOW + number * DAY / 24)

    assert row().day_closed_until is None


@pytest.mark.parametrize("outcome", FAILURES)
def test_five_failures_of_different_erasures_break_the_account(outcome):
    for number in range(4):
        hear(outcome, number)
    assert row().may_be_called(NOW)

    hear(outcome, 5)

    assert row().is_broken
    assert timedelta(seconds=30) <= row().wait_until - NOW <= MINUTE
    assert actions() == ["account.broken"]


def test_a_single_poisoned_erasure_breaks_nothing():
    fail([7] * 20)
    fail([7] * 20, is_send=True)

    assert row().may_be_called(NOW)


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.ABSENT, Outcome.ABSENT_UNSURE, Outcome.REJECTED])
def test_a_documented_answer_between_them_starts_the_count_afresh(outcome):
    fail(range(4), is_send=True)
    hear(outcome, 9, is_send=True)
    fail(range(4, 8), is_send=True)

    assert row().may_be_called(NOW)


def test_looks_that_work_do_not_hide_that_deletions_fail():
    for number in range(5):
        fail([number], is_send=True)
        hear(Outcome.ACCEPTED, number)

    assert row().is_broken


def test_a_broken_account_admits_one_call_at_a_time_once_its_pause_is_over():
    fail(range(5))
    later = NOW + MINUTE

    assert row().admits(4, at=NOW) == 0
    assert row().admits(4, at=later) == 1
    assert not row().may_be_called(later)

    probe(later)

    assert row().admits(4, at=later) == 0
    assert row().admits(4, at=later + MINUTE) == 1  # whoever held the probe died
    assert actions() == ["account.broken", "account.probed"]


@deed()
def probe(at) -> None:
    begin_probe(row(), until=at + MINUTE, by=WORKER, at=at)


def test_a_documented_answer_heals_it():
    fail(range(5))
    probe(NOW + MINUTE)

    hear(Outcome.ACCEPTED, 3, at=NOW + MINUTE)

    assert row().may_be_called(NOW + MINUTE)
    assert (row().failures, row().trips) == ([], 0)
    assert actions() == ["account.broken", "account.probed", "account.recovered"]


def test_a_failed_probe_breaks_it_for_longer_each_time():
    pauses, at = [], NOW
    fail(range(5))
    for _ in range(7):
        pauses.append(row().wait_until - at)
        at = row().wait_until
        probe(at)
        fail([1], at=at)

    assert all(
        longest / 2 <= pause / MINUTE <= longest
        for pause, longest in zip(pauses, [1, 2, 4, 8, 10, 10, 10], strict=True)
    )
    assert row().broken_at == NOW
    assert actions()[-2:] == ["account.probed", "account.broken"]


def test_what_was_in_flight_when_it_broke_neither_breaks_nor_heals_it():
    fail(range(5))
    until = row().wait_until

    fail([8], at=NOW + timedelta(seconds=1), began_at=NOW)
    hear(Outcome.ACCEPTED, 9, at=NOW + timedelta(seconds=1), began_at=NOW)

    assert (row().is_broken, row().wait_until, row().trips) == (True, until, 1)


def test_a_look_that_works_lets_nobody_loose_on_the_deletions_that_broke_it():
    fail(range(5), is_send=True)

    hear(Outcome.ACCEPTED, 1, at=NOW + MINUTE)

    assert row().admits(4, at=NOW + MINUTE) == 1


def test_a_deletion_that_works_heals_what_deletions_broke():
    fail(range(5), is_send=True)
    hear(Outcome.ACCEPTED, 1, at=NOW + MINUTE)

    hear(Outcome.ACCEPTED, 2, at=NOW + MINUTE, is_send=True)

    assert row().admits(4, at=NOW + MINUTE) == 4


def test_a_deletion_that_fails_after_a_look_that_worked_is_paused_for_longer():
    fail(range(5), is_send=True)
    hear(Outcome.ACCEPTED, 1, at=NOW + MINUTE)

    fail([1], at=NOW + MINUTE, is_send=True)

    assert row().is_broken
    assert row().wait_until - NOW - MINUTE >= MINUTE


def test_a_busy_probe_waits_and_is_repeated():
    fail(range(5))
    at = NOW + MINUTE
    probe(at)

    busy(at, retry_after=90.0)

    assert row().admits(4, at=at + timedelta(seconds=89)) == 0
    assert row().admits(4, at=at + timedelta(minutes=2)) == 1


@pytest.mark.parametrize(
    ("outcome", "is_html", "code"),
    [
        (Outcome.KEY_REFUSED, False, "key_refused"),
        (Outcome.KEY_REFUSED, True, "stopped_before_api"),
        (Outcome.TLS_FAILED, False, "certificate"),
    ],
)
def test_one_refusal_pauses_until_a_person_resumes(outcome, is_html, code):
    hear(outcome, is_html=is_html)

    assert row().pause_code == code
    assert row().admits(4, at=NOW + 365 * DAY) == 0


def test_three_different_erasures_that_went_astray_pause_the_account():
    for number in (1, 1, 2, 2):
        hear(Outcome.REDIRECTED, number)
    assert not row().is_paused

    hear(Outcome.WRONG_ADDRESS, 3)

    assert row().pause_code == "wrong_address"


def test_a_documented_answer_between_them_clears_the_address():
    for number in (1, 2):
        hear(Outcome.REDIRECTED, number)
    hear(Outcome.ACCEPTED, 9)
    hear(Outcome.REDIRECTED, 3)

    assert not row().is_paused
    assert row().misrouted == ["DEL-3/bento/email"]


def disown(numbers, **more) -> None:
    for number in numbers:
        hear(Outcome.ABSENT, number, is_send=True, **{"is_known": True, **more})


def test_twenty_known_people_whom_the_vendor_does_not_know_ask_for_site_and_key():
    disown(range(19))
    assert not row().is_paused

    disown([19])

    assert row().pause_code == "people_unknown"


def test_people_whom_no_look_had_found_are_no_such_sign():
    disown(range(30), is_known=False)

    assert not row().is_paused


def test_one_deletion_that_works_proves_site_and_key():
    disown(range(19))
    hear(Outcome.ACCEPTED, 50, is_send=True)
    disown(range(20, 39))

    assert not row().is_paused


def test_looks_between_them_prove_nothing_about_deletions():
    for number in range(20):
        disown([number])
        hear(Outcome.ACCEPTED, number)

    assert row().pause_code == "people_unknown"
