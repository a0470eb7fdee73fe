"""The subscriber endpoints against the sandbox, in both directions: what was sent, and what became of it."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from apps.vendors.clients.bento_lookups import Search, Span
from apps.vendors.clients.errors import Outcome, VendorUnavailable, VendorUnclear
from apps.vendors.clients.subscribers import Command, Subscriber, Verb

from .test_sandbox import ANN, outcome_of

PLUS = "linus+x@example.org"


@pytest.fixture
def bento(client):
    return client("bento")


@pytest.mark.parametrize("replies", ["live", "page"])
def test_an_import_becomes_a_person_with_every_attribute(sandbox, bento, replies):
    sandbox.settings(bento_replies=replies)
    long_ago = datetime(2020, 1, 2, tzinfo=UTC)
    ann = Subscriber(
        ANN, first_name="Ann", tags=("vip", "lead"), remove_tags=("lead",), utm_source="news", created_at=long_ago,
        lifetime_value_currency="EUR", lifetime_value_amount=1000, fields={"plan": "pro"},
    )  # fmt: skip

    tally = bento.subscribers.add_all([ann, Subscriber(PLUS)])
    sandbox.settle()

    [person] = sandbox.people(ANN)["bento"]
    assert (tally.taken, tally.failed) == (2, 0)
    assert person["tags"] == ["vip"]
    assert person["fields"] == {
        "first_name": "Ann", "utm_source": "news", "lifetime_value_currency": "EUR", "lifetime_value_amount": 1000,
        "plan": "pro",
    }  # fmt: skip
    assert person["created_at"].startswith("2020-01-02")
    assert len(sandbox.people(PLUS)["bento"]) == 1


@pytest.mark.parametrize("replies", ["live", "page"])
def test_a_created_person_is_found_at_once_with_null_fields(sandbox, bento, replies):
    sandbox.settings(bento_replies=replies)

    created, again = bento.subscribers.create(PLUS), bento.subscribers.create(PLUS)

    [found] = bento.lookups.by_email(PLUS).profiles
    assert (created.http_status, again.http_status) == (201, 200)
    assert found == created.profile == again.profile
    assert (found.email, found.fields, found.unsubscribed) == (PLUS, {}, False)


COMMANDS = [
    ((Verb.ADD_TAG, "new"), lambda person: "new" in person["tags"]),
    ((Verb.ADD_TAG_VIA_EVENT, "new"), lambda person: person["last_event_at"] is not None),
    ((Verb.REMOVE_TAG, "old"), lambda person: person["tags"] == []),
    ((Verb.ADD_FIELD, "plan", "pro"), lambda person: person["fields"]["plan"] == "pro"),
    ((Verb.REMOVE_FIELD, "note"), lambda person: "note" not in person["fields"]),
    ((Verb.SUBSCRIBE,), lambda person: person["unsubscribed_at"] is None),
    ((Verb.UNSUBSCRIBE,), lambda person: person["unsubscribed_at"] is not None),
]


@pytest.mark.parametrize("replies", ["live", "page"])
@pytest.mark.parametrize(("parts", "is_done"), COMMANDS, ids=[parts[0] for parts, _ in COMMANDS])
def test_each_command_does_what_it_says(sandbox, bento, replies, parts, is_done):
    sandbox.settings(bento_replies=replies)
    verb, *rest = parts
    then = None if verb is Verb.UNSUBSCRIBE else "2023-01-01T00:00:00+00:00"
    [uuid] = sandbox.add("bento", ANN, tags=["old"], fields={"note": "x"}, unsubscribed_at=then)

    tally = bento.subscribers.run([Command(verb, ANN, *rest)])
    sandbox.settle()

    [person] = [person for person in sandbox.people()["bento"] if person["uuid"] == uuid]
    assert tally.taken == 1
    assert is_done(person)


def test_a_changed_address_is_found_in_its_new_spelling(sandbox, bento):
    [uuid] = sandbox.add("bento", ANN)

    bento.subscribers.run([Command(Verb.CHANGE_EMAIL, ANN, PLUS)])
    sandbox.settle()

    assert bento.lookups.by_email(ANN).profiles == ()
    assert [profile.uuid for profile in bento.lookups.by_email(PLUS).profiles] == [uuid]


def test_an_answer_that_shows_nobody_is_unclear_though_the_act_was_done(sandbox, bento):
    sandbox.settings(bento_replies="page")
    sandbox.add("bento", ANN)

    assert outcome_of(bento.subscribers.run, [Command(Verb.CHANGE_EMAIL, ANN, PLUS)]) is Outcome.UNKNOWN


def test_a_person_with_capitals_is_met_in_that_spelling_alone(sandbox, bento):
    sandbox.add("bento", ANN, tags=["old"])

    assert bento.lookups.by_email(ANN.lower()).profiles == ()
    bento.subscribers.run([Command(Verb.REMOVE_TAG, ANN, "old")])
    sandbox.settle()

    assert bento.lookups.by_email(ANN).profiles[0].tags == ()


@pytest.mark.parametrize("style", ["refused", "missing"])
def test_a_search_that_the_plan_lacks_is_typed(sandbox, bento, style):
    sandbox.settings(bento_search=style)

    with pytest.raises(VendorUnavailable):
        bento.lookups.search(Search(), page=1)


def test_a_search_goes_through_its_pages(sandbox, bento):
    sandbox.settings(bento_search="open")
    sandbox.add_many([{"vendor": "bento", "email": f"p{n}@example.org", "tags": ["many"]} for n in range(101)])
    sandbox.add("bento", ANN)

    first = bento.lookups.search(Search(tags=("many",)), page=1)
    second = bento.lookups.search(Search(tag_names=("many",)), page=2)

    assert (len(first.profiles), first.is_last, len(second.profiles), second.is_last) == (100, False, 1, True)


def test_a_search_filters_by_each_date(sandbox, bento):
    sandbox.settings(bento_search="open")
    sandbox.add("bento", ANN, unsubscribed_at="2023-01-01T00:00:00+00:00")
    sandbox.add("bento", PLUS)
    then = datetime(2023, 1, 1, tzinfo=UTC)
    around = Span(gt=then - timedelta(days=1), lt=then + timedelta(days=1))

    def found(search):
        return {profile.email for profile in bento.lookups.search(search, page=1).profiles}

    assert found(Search(unsubscribed_at=around)) == {ANN}
    assert found(Search(created_at=Span(gt=then))) == {ANN, PLUS}
    assert found(Search(updated_at=Span(lt=then))) == set()
    assert found(Search(last_event_at=Span(gt=then))) == set()


CALLS = {
    "import": lambda line: line.subscribers.add_all([Subscriber(ANN)]),
    "create": lambda line: line.subscribers.create(ANN),
    "command": lambda line: line.subscribers.run([Command(Verb.SUBSCRIBE, ANN)]),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ({"status": 422, "style": "json"}, Outcome.REJECTED),
        ({"status": 422, "style": "errors"}, Outcome.REJECTED),
        ({"status": 429}, Outcome.BUSY),
        ({"status": 500, "effect": True}, Outcome.MAYBE_ARRIVED),
        ({"status": 404, "style": "html"}, Outcome.WRONG_ADDRESS),
        ({"status": 200, "style": "html"}, Outcome.HTML_SUCCESS),
        ({"status": 200, "style": "truncated"}, Outcome.UNKNOWN),
        ({"status": 200, "style": "unsuccessful"}, Outcome.UNKNOWN),
        ({"wire": "reset", "effect": True}, Outcome.UNKNOWN),
    ],
    ids=str,
)
def test_each_fault_is_told_apart(sandbox, bento, call, fault, outcome):
    sandbox.fault(vendor="bento", **fault)

    assert outcome_of(CALLS[call], bento) is outcome


def test_a_command_on_an_unknown_address_would_create_it(sandbox, bento):
    """Why the guards exist: the vendor answers exactly as for a known one."""
    tally = bento.subscribers.run([Command(Verb.UNSUBSCRIBE, ANN)])
    sandbox.settle()

    assert tally.taken == 1
    assert len(sandbox.people(ANN)["bento"]) == 1


def test_an_import_that_was_partly_refused_shows_it(sandbox, bento):
    sandbox.fault(vendor="bento", status=200, body={"results": 1, "failed": 1})

    tally = bento.subscribers.add_all([Subscriber(ANN), Subscriber(PLUS)])

    assert (tally.sent, tally.taken, tally.failed) == (2, 1, 1)


def test_a_single_deletion_takes_one_of_three_profiles(sandbox, client):
    sandbox.add("blueshift", ANN, profiles=3)
    line = client("blueshift")

    line.delete_one("email", ANN, attempt=uuid4())
    sandbox.settle()

    [request] = sandbox.deletions(ANN)
    assert len(line.look("email", ANN).profiles) == 2
    assert "delete_all" not in str(request)


def test_a_single_deletion_by_customer_id_takes_exactly_that_one(sandbox, client):
    sandbox.add("blueshift", ANN, customer_ids=["11", "12"])
    line = client("blueshift")

    line.delete_one("customer_id", "12", attempt=uuid4())
    sandbox.settle()

    assert [profile.customer_id for profile in line.look("email", ANN).profiles] == ["11"]


@pytest.mark.parametrize(("mode", "action", "left"), [("delete", "delete", 1), ("forget", "forget", 2)])
def test_one_customer_is_erased_by_its_own_id_in_the_mode_of_the_account(sandbox, client, mode, action, left):
    sandbox.add("blueshift", ANN, customer_ids=["11", "12"])
    line = client("blueshift", f"&mode={mode}")

    line.erase_customer("12", attempt=uuid4())
    sandbox.settle()

    found = line.look("email", ANN).profiles
    assert [entry["identifiers"] for entry in sandbox.journal(action=action)] == [["12"]]
    assert ([profile.customer_id for profile in found if profile.personal], len(found)) == (["11"], left)


@pytest.mark.parametrize("act", ["delete_one", "forget"])
def test_both_acts_take_the_four_identifiers_and_no_other(client, act):
    line = client("blueshift")

    for kind in ("email", "customer_id", "cookie", "device_id"):
        getattr(line, act)(kind, "x@example.org", attempt=uuid4())
    with pytest.raises(ValueError, match="not uuid"):
        getattr(line, act)("uuid", "x", attempt=uuid4())


def test_forgetting_leaves_a_tombstone_whatever_the_mode(sandbox, client):
    [uuid] = sandbox.add("blueshift", ANN)
    line = client("blueshift", "&mode=delete")

    line.forget("email", ANN, attempt=uuid4())
    sandbox.settle()

    assert [profile.personal for profile in line.look_by_uuid(uuid).profiles] == [False]


def test_a_single_deletion_that_may_have_worked_says_so(sandbox, client):
    sandbox.add("blueshift", ANN, profiles=2)
    sandbox.fault(vendor="blueshift", method="POST", status=500, effect=True)

    with pytest.raises(VendorUnclear):
        client("blueshift").delete_one("email", ANN, attempt=uuid4())
