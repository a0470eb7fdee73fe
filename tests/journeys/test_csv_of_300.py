"""A file of 300 people from the shell to the last read-back: the main job, with nothing but the documented commands."""

import csv
import re
from collections import Counter
from datetime import datetime, timedelta

import pytest

from .console_process import Console

pytestmark = pytest.mark.database

PACE = "per_minute=60000&per_second=1000&verify_after=1s,3s"
KNOWN = [f"known{number}@example.org" for number in range(150)]
UNKNOWN = [f"unknown{number}@example.org" for number in range(100)]
REFUSED = [f"refused{number}@example.org" for number in range(20)]
STICKY = [f"sticky{number}@example.org" for number in range(15)]
BAD_ROWS = {
    287: ("no-address", "gdpr"),
    288: ("a b@example.org", "gdpr"),
    289: ("ann@exa_mple..org", "gdpr"),
    290: ("ann@example.org", "hammurabi"),
    291: ("", "gdpr"),
    **{292 + number: (KNOWN[number], "gdpr") for number in range(10)},
}

TICKET = {"reference", "status", "resolution", "opened_by", "approved_by", "received_at", "due_at", "erasures"}
ERASURE = {"account", "vendor", "kind", "status", "last_http_status", "attempts"}
MOMENTS = {"not_before", "forecast_at", "accepted_at", "verified_at", "closed_at"}


@pytest.fixture
def console(tmp_path, sandbox) -> Console:
    both = [{"email": email} for email in KNOWN] + [{"email": email, "sticky": True} for email in STICKY]
    people = [{**person, "vendor": vendor} for person in both for vendor in ("bento", "blueshift")]
    refused = [{"vendor": "bento", "email": email, "refusal": "error"} for email in REFUSED]
    sandbox.add_many(people + refused)
    accounts = {name: f"{address}&{PACE}" for name, address in sandbox.env.items()}
    return Console(tmp_path, accounts)


def file_of_300() -> str:
    good = [f"{email};ccpa" for email in (*KNOWN, *UNKNOWN, *REFUSED, *STICKY)]
    bad = [";".join(row) for row in BAD_ROWS.values()]
    return "\ufeff" + "\n".join(["email;regime", *good, *bad]) + "\n"


def rejects(console: Console) -> list[list[str]]:
    with (console.folder / "people.rejects.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_every_ticket_reaches_its_right_state_with_one_request_per_erasure(console, sandbox):
    assert "Opened 285 of 300 tickets." in console.open(file_of_300(), code=3)

    header, *rejected = rejects(console)
    assert header == ["line", "reason"]
    assert [int(line) for line, _ in rejected] == list(BAD_ROWS)
    assert not any("example" in reason for _, reason in rejected)

    assert "Approved 285 of 285 tickets." in console.approve()
    console.run("work", "--until-idle", "--wait=4")

    tickets = console.tickets("--show-identifiers")
    assert _states(tickets) == {
        ("known", "completed", "erased_verified", "verified_absent", "verified_absent"): len(KNOWN),
        ("unknown", "completed", "not_found", "not_found", "not_found"): len(UNKNOWN),
        ("refused", "in_progress", "", "rejected", "not_found"): len(REFUSED),
        ("sticky", "in_progress", "", "still_present", "still_present"): len(STICKY),
    }
    _assert_fields(tickets)
    sent = Counter((request["vendor"], *request["identifiers"]) for request in sandbox.deletions())
    assert (len(sent), set(sent.values())) == (2 * 285, {1})
    assert set(console.tickets()[0]) == TICKET
    console.run("verify_ledger")


def _states(tickets: list[dict]) -> Counter:
    return Counter(
        (
            re.match("[a-z]+", ticket["identifiers"]["email"])[0],
            ticket["status"],
            ticket["resolution"],
            *(erasure["status"] for erasure in ticket["erasures"]),
        )
        for ticket in tickets
    )


def _assert_fields(tickets: list[dict]) -> None:
    erasures = [erasure for ticket in tickets for erasure in ticket["erasures"]]
    assert {frozenset(ticket) for ticket in tickets} == {frozenset(TICKET | {"identifiers"})}
    assert {frozenset(erasure) for erasure in erasures} == {frozenset(ERASURE | MOMENTS)}
    assert {(ticket["opened_by"], ticket["approved_by"]) for ticket in tickets} == {("alice", "bob")}
    assert {(erasure["account"], erasure["vendor"], erasure["kind"], erasure["attempts"]) for erasure in erasures} == {
        ("bento", "bento", "email", 1),
        ("blueshift", "blueshift", "email", 1),
    }
    codes = Counter((erasure["vendor"], erasure["last_http_status"]) for erasure in erasures)
    assert codes == {("bento", 202): 165, ("bento", 404): 100, ("bento", 422): 20, ("blueshift", 200): 285}
    moments = [row[name] for row in erasures for name in MOMENTS] + [ticket["due_at"] for ticket in tickets]
    assert all(datetime.fromisoformat(moment).utcoffset() == timedelta(0) for moment in moments if moment)
