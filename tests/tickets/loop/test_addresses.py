"""Answers that come from somewhere else than the vendor, or from nowhere: nothing is ever concluded from them."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from django.conf import settings

from apps.vendors.models import Usage, VendorAccount
from tests.constants import NOW
from tests.raw_server import RawServer, hangs_up
from tests.tickets.builders import Clock, accounts, approve_one, erasure_of, open_one, work
from tests.vendors.clients.certificates import self_signed

from .conftest import Seen, seen

VENDORS = ["bento", "blueshift"]
DID_NOT_LEAVE = Seen("retry_wait", "Did not leave.", tries=0, counted=0)
NOT_TRUSTED = Seen("retry_wait", "Check the address of this account.", pause="certificate", counted=0)
MISROUTED = Seen("retry_wait", "Check the address of this account.", doubt="unclear", misrouted=1)


def move_account(vendor: str, place: str, **options: str) -> None:
    """Let the account point somewhere else, as a wrong variable would."""
    url = {"bento": f"bento://pk:sk@{place}/site?", "blueshift": f"blueshift://key@{place}?"}[vendor]
    settings.VENDOR_SECRET_URLS = {vendor: url + "&".join(f"{name}={value}" for name, value in options.items())}


def closed_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return listener.getsockname()[1]


@contextmanager
def stranger(**tls) -> Iterator[str]:
    with closing(RawServer(hangs_up, **tls)) as server:
        yield f"127.0.0.1:{server.port}"
        assert server.requests == []


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_name_that_does_not_resolve_costs_neither_quota_nor_a_try(ready, clock, vendor):
    ticket = ready(vendor)
    move_account(vendor, "vendor.invalid")

    work(clock)

    assert seen(ticket, vendor) == DID_NOT_LEAVE


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_refused_connection_costs_neither_quota_nor_a_try(ready, sandbox, clock, vendor):
    ticket = ready(vendor)
    move_account(vendor, f"127.0.0.1:{closed_port()}", tls="off")

    work(clock)

    assert seen(ticket, vendor) == DID_NOT_LEAVE
    assert sandbox.deletions() == []


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_certificate_nobody_vouches_for_pauses_the_account_at_once(ready, clock, tmp_path, vendor):
    ticket = ready(vendor)
    context, _ = self_signed(tmp_path)
    with stranger(tls=context) as place:
        move_account(vendor, place)

        work(clock)

    assert seen(ticket, vendor) == NOT_TRUSTED


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_server_without_tls_pauses_the_account_at_once(ready, sandbox, clock, vendor):
    ticket = ready(vendor)
    move_account(vendor, f"127.0.0.1:{sandbox.port}")

    work(clock)

    assert seen(ticket, vendor) == NOT_TRUSTED
    assert sandbox.deletions() == []


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("status", [302, 307])
def test_a_redirect_is_never_followed(ready, sandbox, clock, vendor, status):
    ticket = ready(vendor)
    with stranger() as place:
        sandbox.fault(path="delet", status=status, style="empty", headers={"Location": f"http://{place}/login"})

        work(clock)

    assert seen(ticket, vendor) == MISROUTED
    assert len(sandbox.deletions()) == 1


def four_ready(sandbox, clock, alice, bob, **options):
    accounts(sandbox, "bento", concurrency=1, **options)
    addresses = [f"person{number}@example.com" for number in range(4)]
    sandbox.add_many([{"vendor": "bento", "email": address} for address in addresses])
    tickets = [open_one(address, opened_by=alice) for address in addresses]
    work(clock)
    return [approve_one(ticket, approved_by=bob) for ticket in tickets]


def bento() -> VendorAccount:
    return VendorAccount.objects.get(name="bento")


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 302, "style": "empty"},
        {"status": 404, "style": "html"},
        {"status": 404, "style": "unrouted"},
        {"status": 200, "style": "html"},
    ],
)
def test_three_erasures_in_a_row_answered_from_elsewhere_pause_the_account(sandbox, clock, alice, bob, fault):
    tickets = four_ready(sandbox, clock, alice, bob)
    sandbox.fault(path="delet", times=0, **fault)

    work(clock)

    assert (bento().pause_code, bento().paused_at) == ("wrong_address", NOW)
    assert len(sandbox.deletions()) == 3
    assert erasure_of(tickets[3]).status == "queued"


def test_a_documented_answer_in_between_proves_the_address(sandbox, clock, alice, bob):
    tickets = four_ready(sandbox, clock, alice, bob)
    for number in (0, 1, 3):
        sandbox.fault(path="delet", address=f"person{number}@example.com", status=302, style="empty")

    work(clock)

    assert (bento().pause_code, len(bento().misrouted)) == ("", 1)
    assert erasure_of(tickets[2]).status == "accepted"


def test_the_same_erasure_three_times_is_not_three_erasures(ready, sandbox, clock):
    ticket = ready("bento")
    sandbox.fault(times=0, status=302, style="empty")

    for _ in range(5):
        work(clock)
        clock.advance(hours=2)

    assert seen(ticket, "bento") == MISROUTED


USELESS = [
    {"status": 404, "style": "html"},
    {"status": 404, "style": "unrouted"},
    {"status": 500},
    {"status": 429},
    {"status": 200, "style": "html"},
    {"status": 200, "style": "odd"},
    {"status": 200, "style": "truncated"},
    {"status": 302, "style": "empty"},
    {"status": 401},
    {"wire": "cut"},
    {"wire": "reset"},
]


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("fault", USELESS, ids=str)
def test_a_bad_answer_to_a_look_is_never_absence(ready, sandbox, clock, vendor, fault):
    ticket = ready(vendor)
    work(clock)
    sandbox.fault(method="GET", times=0, **fault)
    clock.advance(hours=4)

    work(clock)

    erasure = erasure_of(ticket, vendor)
    assert (erasure.status, erasure.closed_at, erasure.after) == ("accepted", None, None)
    assert len(sandbox.deletions()) == 1


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("fault", USELESS[:4], ids=str)
def test_nothing_is_sent_while_the_first_look_gives_no_answer(sandbox, alice, bob, vendor, fault):
    clock = Clock()
    accounts(sandbox, vendor)
    sandbox.fault(method="GET", times=0, **fault)
    ticket = approve_one(open_one(opened_by=alice), approved_by=bob)

    work(clock)

    erasure = erasure_of(ticket, vendor)
    assert (erasure.status, erasure.before) == ("queued", None)
    assert sandbox.deletions() == []


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_never_left_is_given_back_to_the_day_it_was_counted_in(ready, clock, vendor):
    ready(vendor, per_day=1)
    move_account(vendor, f"127.0.0.1:{closed_port()}", tls="off", per_day="1")

    for _ in range(3):
        work(clock)
        clock.advance(minutes=2)

    assert sum(Usage.objects.values_list("sends", flat=True)) == 0
