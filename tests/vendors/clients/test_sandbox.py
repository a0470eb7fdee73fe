"""Both clients against the sandbox: a stranger wrote it from the same pages, so both cannot be wrong the same way."""

from uuid import uuid4

import pytest

from apps.vendors.clients.errors import Outcome, VendorError

ANN = "Ann+news@Example.org"


def outcome_of(call, *args, **kwargs) -> Outcome:
    with pytest.raises(VendorError) as caught:
        call(*args, **kwargs)
    return caught.value.outcome


@pytest.mark.parametrize("vendor", ["bento", "blueshift"])
def test_the_key_works(sandbox, client, vendor):
    client(vendor).check()

    assert [entry["status"] for entry in sandbox.journal()] == [200]


@pytest.mark.parametrize("vendor", ["bento", "blueshift"])
def test_a_person_is_found_erased_and_gone(sandbox, client, vendor):
    [uuid] = sandbox.add(vendor, ANN)
    line = client(vendor)

    before = line.look("email", ANN)
    receipt = line.erase("email", ANN, attempt=uuid4())
    sandbox.settle()
    after = line.look("email", ANN)

    assert [(profile.uuid, profile.email) for profile in before.profiles] == [(uuid, ANN)]
    assert receipt.http_status in (200, 202)
    assert after.profiles == ()
    assert len(sandbox.deletions(vendor=vendor)) == 1


def test_bento_leaves_a_record_without_anything_personal(sandbox, client):
    [uuid] = sandbox.add("bento", ANN)
    line = client("bento")

    line.erase("email", ANN, attempt=uuid4())
    sandbox.settle()

    assert [profile.personal for profile in line.look_by_uuid(uuid).profiles] == [False]


def test_bento_does_not_know_a_stranger(client):
    line = client("bento")

    assert outcome_of(line.erase, "email", ANN, attempt=uuid4()) is Outcome.ABSENT
    assert line.look("email", ANN).profiles == ()
    assert line.look_by_uuid(str(uuid4())).profiles == ()


@pytest.mark.parametrize("style", ["json", "errors"])
def test_bento_refuses_with_422_in_both_shapes(sandbox, client, style):
    sandbox.fault(vendor="bento", status=422, style=style)

    assert outcome_of(client("bento").erase, "email", ANN, attempt=uuid4()) is Outcome.REJECTED


@pytest.mark.parametrize(
    ("style", "outcome"),
    [("html404", Outcome.WRONG_ADDRESS), ("json404", Outcome.WRONG_ADDRESS), ("error500", Outcome.MAYBE_ARRIVED)],
)
def test_a_find_that_fails_is_never_absent(sandbox, client, style, outcome):
    sandbox.settings(bento_not_found=style)

    assert outcome_of(client("bento").look, "email", ANN) is outcome


@pytest.mark.parametrize("flag", ["query", "body", "either"])
def test_blueshift_deletes_all_matches_wherever_it_reads_the_flag(sandbox, client, flag):
    sandbox.settings(blueshift_flag=flag)
    sandbox.add("blueshift", ANN, profiles=3)

    client("blueshift").erase("email", ANN, attempt=uuid4())
    sandbox.settle()

    assert sandbox.people(ANN)["blueshift"] == []


def test_blueshift_deletes_fifty_at_most(sandbox, client):
    sandbox.add("blueshift", ANN, profiles=51)
    line = client("blueshift")

    line.erase("email", ANN, attempt=uuid4())
    sandbox.settle()

    assert len(line.look("email", ANN).profiles) == 1


def test_blueshift_forgets_and_leaves_a_scrubbed_record(sandbox, client):
    [uuid] = sandbox.add("blueshift", ANN)
    line = client("blueshift", "&mode=forget")

    line.erase("email", ANN, attempt=uuid4())
    sandbox.settle()

    assert [profile.personal for profile in line.look_by_uuid(uuid).profiles] == [False]


@pytest.mark.parametrize(
    ("style", "outcome"),
    [
        ("json404", Outcome.ABSENT_UNSURE),
        ("empty404", Outcome.ABSENT_UNSURE),
        ("html404", Outcome.WRONG_ADDRESS),
    ],
)
def test_blueshift_may_say_404_of_a_stranger(sandbox, client, style, outcome):
    sandbox.settings(blueshift_unknown=style)

    assert outcome_of(client("blueshift").erase, "email", ANN, attempt=uuid4()) is outcome


@pytest.mark.parametrize("style", ["empty", "object", "json404"])
def test_blueshift_may_say_nobody_in_three_ways(sandbox, client, style):
    sandbox.settings(blueshift_nobody=style)
    line = client("blueshift")

    assert line.look("email", ANN).profiles == ()
    assert line.look_by_uuid(str(uuid4())).profiles == ()


FAULTS = [
    ({"status": 429, "headers": {"Retry-After": "3"}}, Outcome.BUSY),
    ({"status": 503, "style": "html"}, Outcome.BUSY),
    ({"status": 500, "effect": True}, Outcome.MAYBE_ARRIVED),
    ({"status": 403, "style": "html"}, Outcome.KEY_REFUSED),
    ({"status": 404, "style": "unrouted"}, Outcome.WRONG_ADDRESS),
    ({"status": 200, "style": "html"}, Outcome.HTML_SUCCESS),
    ({"status": 200, "style": "truncated"}, Outcome.UNKNOWN),
    ({"status": 200, "style": "unsuccessful"}, Outcome.UNKNOWN),
    ({"wire": "reset"}, Outcome.UNKNOWN),
    ({"wire": "close", "effect": True}, Outcome.UNKNOWN),
    ({"wire": "cut"}, Outcome.UNKNOWN),
    ({"wire": "oversized"}, Outcome.UNKNOWN),
    ({"wire": "gzip_bomb"}, Outcome.UNKNOWN),
]


@pytest.mark.parametrize("vendor", ["bento", "blueshift"])
@pytest.mark.parametrize(("fault", "outcome"), FAULTS, ids=str)
def test_each_fault_is_told_apart(sandbox, client, vendor, fault, outcome):
    sandbox.add(vendor, ANN)
    sandbox.fault(vendor=vendor, method="POST", **fault)

    assert outcome_of(client(vendor).erase, "email", ANN, attempt=uuid4()) is outcome


@pytest.mark.parametrize("wire", ["timeout", "trickle_headers", "trickle_body"])
def test_a_slow_answer_ends_with_the_timeout(sandbox, client, wire):
    sandbox.add("bento", ANN)
    sandbox.fault(vendor="bento", wire=wire)

    assert outcome_of(client("bento", "&timeout=1").erase, "email", ANN, attempt=uuid4()) is Outcome.UNKNOWN
