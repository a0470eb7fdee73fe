"""What operators may ask of a vendor, and what the console keeps from leaving."""

import json
import time
from datetime import timedelta
from itertools import count

import pytest
from django.db import connection

from apps.audit.actors import Actor, NotAllowed
from apps.audit.models import AuditEvent
from apps.suppression.models import SuppressionEntry, SuppressionList
from apps.tickets.services import subscribers
from apps.tickets.services.vendor_calls import AccountClosed, NoLook, NoSlot, NotOffered, PersonRefused
from apps.vendors.clients.bento_lookups import Search
from apps.vendors.clients.errors import VendorBusy, VendorRefusal, VendorUnavailable, VendorUnclear
from apps.vendors.clients.subscribers import Command, Subscriber, Verb
from apps.vendors.models import Usage
from apps.vendors.services.accounts import pause
from tests.constants import NOW
from tests.tickets.builders import ADA, NOBODY, accounts

ALAN = "alan@example.com"  # unsubscribed at both vendors
GRACE = "Grace.Hopper@example.com"
LINUS = "linus+news@example.com"
MARGARET = "margaret@example.com"  # three profiles at Blueshift
CREATING = ["add_tag", "add_tag_via_event", "add_field", "subscribe", "unsubscribe"]
NAMES = {"add_tag": "vip", "add_tag_via_event": "vip", "remove_tag": "vip", "add_field": "plan", "remove_field": "plan"}


@pytest.fixture
def bento(sandbox, db):
    return accounts(sandbox, "bento")[0]


@pytest.fixture
def blueshift(sandbox, db):
    return accounts(sandbox, "blueshift")[0]


def one(verb: str, email: str, name: str = "") -> Command:
    return Command(Verb(verb), email, name or NAMES.get(verb, ""), "pro" if verb == "add_field" else "")


def acts(sandbox) -> list[str]:
    return [entry["action"] for entry in sandbox.journal()]


def last_facts(action: str) -> dict:
    event = AuditEvent.objects.get(action=action)
    return json.loads(bytes(event.body))["facts"]


CALLS = {
    "find": lambda account, **by: subscribers.find(account, ADA, **by),
    "search": lambda account, **by: subscribers.search(account, Search(), page=1, **by),
    "import": lambda account, **by: subscribers.import_subscribers(account, [Subscriber(ADA)], **by),
    "create": lambda account, **by: subscribers.create(account, ADA, **by),
    "command": lambda account, **by: subscribers.command(account, [one("add_tag", ADA)], **by),
    "delete": lambda account, **by: subscribers.delete_one(account, ADA, **by),
}


@pytest.mark.parametrize("call", CALLS)
def test_it_takes_the_right_of_operators(sandbox, bento, bob, clock, call):
    with pytest.raises(NotAllowed):
        CALLS[call](bento, by=Actor.page(bob), clock=clock)

    assert sandbox.journal() == []


@pytest.mark.parametrize("call", ["find", "import", "create", "command"])
def test_a_paused_account_is_left_alone(sandbox, bento, operator, clock, call):
    pause(bento, "by_hand", by=operator, at=NOW)

    with pytest.raises(AccountClosed, match="Paused by hand"):
        CALLS[call](bento, by=operator, clock=clock)

    assert sandbox.journal() == []


@pytest.mark.parametrize(("account", "call"), [("blueshift", "import"), ("blueshift", "search"), ("bento", "delete")])
def test_a_vendor_is_asked_only_for_what_it_has(sandbox, request, operator, clock, account, call):
    with pytest.raises(NotOffered):
        CALLS[call](request.getfixturevalue(account), by=operator, clock=clock)

    assert sandbox.journal() == []


def test_the_minute_holds_for_looks_and_commands_together(sandbox, operator, clock):
    [bento] = accounts(sandbox, "bento", per_minute=2)
    subscribers.command(bento, [one("add_tag", ADA)], by=operator, clock=clock)

    with pytest.raises(NoSlot, match="takes one call at a time, then one every 31.0 seconds .2 a minute."):
        subscribers.find(bento, ADA, by=operator, clock=clock)
    clock.advance(seconds=125)

    assert subscribers.find(bento, ADA, by=operator, clock=clock).profiles


def test_the_pace_of_an_account_spaces_all_calls_of_people(sandbox, operator, clock):
    [bento] = accounts(sandbox, "bento", per_second=4)
    [uuid] = [profile.uuid for profile in subscribers.find(bento, ADA, by=operator, clock=clock).profiles]
    started = time.monotonic()

    subscribers.find_by_uuid(bento, uuid, by=operator, clock=clock)
    subscribers.find(bento, ADA, by=operator, clock=clock)

    assert time.monotonic() - started >= 0.25


def test_a_deletion_that_its_old_look_stops_is_not_counted(blueshift, operator):
    moments = (NOW + timedelta(minutes=2 * number) for number in count())

    with pytest.raises(PersonRefused, match="older than 60 seconds"):
        subscribers.delete_one(blueshift, ADA, by=operator, clock=lambda: next(moments))

    assert not Usage.objects.filter(account=blueshift, sends__gt=0).exists()


def test_a_busy_vendor_makes_the_whole_account_wait(sandbox, bento, operator, clock):
    sandbox.fault(vendor="bento", status=429, headers={"Retry-After": "90"})

    with pytest.raises(VendorBusy):
        subscribers.create(bento, NOBODY, by=operator, clock=clock)
    with pytest.raises(AccountClosed, match="waits until 12:01:30"):
        subscribers.find(bento, ADA, by=operator, clock=clock)

    assert last_facts("subscriber.create") == {"outcome": "busy", "http_status": 429}


@pytest.mark.parametrize("style", ["empty", "null"])
def test_finding_nobody_is_an_answer(sandbox, bento, operator, clock, style):
    sandbox.settings(bento_not_found=style)

    assert subscribers.find(bento, NOBODY, by=operator, clock=clock).profiles == ()
    assert last_facts("subscriber.find") == {"outcome": "accepted", "http_status": 200, "found": 0}


@pytest.mark.parametrize(
    ("style", "error"), [("json404", VendorRefusal), ("html404", VendorRefusal), ("error500", VendorUnclear)]
)
def test_an_unsure_find_is_never_nobody(sandbox, bento, operator, clock, style, error):
    sandbox.settings(bento_not_found=style)

    with pytest.raises(error):
        subscribers.find(bento, NOBODY, by=operator, clock=clock)


def test_a_record_is_found_by_the_vendors_own_id(sandbox, bento, operator, clock):
    uuid = sandbox.people(GRACE)["bento"][0]["uuid"]

    assert subscribers.find_by_uuid(bento, uuid, by=operator, clock=clock).profiles[0].email == GRACE


def test_a_search_that_the_plan_lacks_is_told(sandbox, bento, operator, clock):
    with pytest.raises(VendorUnavailable):
        subscribers.search(bento, Search(), page=1, by=operator, clock=clock)

    assert last_facts("subscriber.search")["http_status"] == 403


def test_a_suppressed_person_is_never_created(sandbox, bento, operator, clock, block):
    block("Nobody@Example.com")

    with pytest.raises(PersonRefused, match="“erased” holds this address"):
        subscribers.create(bento, NOBODY, by=operator, clock=clock)

    assert sandbox.journal() == []


def test_a_stranger_is_created_at_once(sandbox, bento, operator, clock):
    created = subscribers.create(bento, "new+1@example.com", by=operator, clock=clock)

    assert created.profile.uuid == sandbox.people("new+1@example.com")["bento"][0]["uuid"]
    assert last_facts("subscriber.create") == {"outcome": "accepted", "http_status": 201}


def test_an_import_leaves_the_suppressed_out(sandbox, bento, operator, clock, block):
    block(ADA, LINUS)
    people = [
        Subscriber("a@example.com"),
        Subscriber("Ada@Example.com"),
        Subscriber("b@example.com"),
        Subscriber(LINUS),
    ]

    sent = subscribers.import_subscribers(bento, people, by=operator, clock=clock)

    assert sorted(sent.refused) == [1, 3]
    assert (sent.tally.sent, sent.tally.taken, sent.tally.failed) == (2, 2, 0)
    assert last_facts("subscriber.import") == {
        "asked": 4, "refused": 2, "sent": 2, "taken": 2, "failed": 0, "outcome": "accepted", "http_status": 200,
    }  # fmt: skip


def test_whom_the_lists_held_back_is_counted(bento, operator, clock, block):
    block(ADA, LINUS)

    subscribers.import_subscribers(bento, [Subscriber(ADA), Subscriber("b@example.com")], by=operator, clock=clock)

    assert sorted(SuppressionEntry.objects.values_list("matches", flat=True)) == [0, 1]


def test_a_list_for_other_accounts_holds_nobody_back(sandbox, bento, operator, clock, block):
    block(NOBODY)
    SuppressionList.objects.update(everywhere=False)

    subscribers.create(bento, NOBODY, by=operator, clock=clock)

    assert sandbox.people(NOBODY)["bento"]


def test_an_import_of_suppressed_people_alone_sends_nothing(sandbox, bento, operator, clock, block):
    block(ADA)

    sent = subscribers.import_subscribers(bento, [Subscriber(ADA)], by=operator, clock=clock)

    assert (sent.tally, list(sent.refused), sandbox.journal()) == (None, [0], [])


def test_a_thousand_are_checked_in_a_few_queries(bento, operator, clock, django_assert_max_num_queries):
    people = [Subscriber(f"p{number}@example.com") for number in range(1000)]

    with django_assert_max_num_queries(40):
        subscribers.import_subscribers(bento, people, by=operator, clock=clock)


@pytest.mark.parametrize("verb", [*CREATING, "change_email"])
def test_no_command_that_creates_or_moves_goes_to_a_suppressed_person(sandbox, bento, operator, clock, block, verb):
    block(ADA)
    command = one(verb, ADA, "x@example.com" if verb == "change_email" else "")

    sent = subscribers.command(bento, [command], by=operator, clock=clock)

    assert (sent.tally, list(sent.refused), sandbox.journal()) == (None, [0], [])


def test_nobody_is_moved_to_a_suppressed_address(sandbox, bento, operator, clock, block):
    block(NOBODY)

    sent = subscribers.command(bento, [one("change_email", ADA, NOBODY)], by=operator, clock=clock)

    assert (list(sent.refused), sandbox.journal()) == ([0], [])


@pytest.mark.parametrize("verb", ["remove_tag", "remove_field"])
def test_taking_away_is_allowed_for_the_suppressed(sandbox, bento, operator, clock, block, verb):
    block(ADA)

    sent = subscribers.command(bento, [one(verb, ADA)], by=operator, clock=clock)

    assert (sent.tally.taken, acts(sandbox)) == (1, ["find", "commands"])


@pytest.mark.parametrize("verb", [verb.value for verb in Verb])
def test_no_command_goes_to_somebody_unknown(sandbox, bento, operator, clock, verb):
    command = one(verb, NOBODY, "x@example.com" if verb == "change_email" else "")

    sent = subscribers.command(bento, [command], by=operator, clock=clock)

    assert (sent.tally, acts(sandbox)) == (None, ["find"])
    assert sandbox.people(NOBODY)["bento"] == []
    assert last_facts("subscriber.command")["outcome"] == "refused"


@pytest.mark.parametrize("email", [ADA, GRACE, LINUS])
def test_each_command_follows_a_look_in_the_same_spelling(sandbox, bento, operator, clock, email):
    sent = subscribers.command(bento, [one("add_tag", email)], by=operator, clock=clock)
    sandbox.settle()

    assert (sent.tally.taken, sent.refused, acts(sandbox)) == (1, {}, ["find", "commands"])
    assert "vip" in sandbox.people(email)["bento"][0]["tags"]


def test_a_look_in_another_spelling_finds_nobody(sandbox, bento, operator, clock):
    sent = subscribers.command(bento, [one("subscribe", GRACE.lower())], by=operator, clock=clock)

    assert (sent.tally, acts(sandbox)) == (None, ["find"])


def test_nobody_is_unsubscribed_twice(sandbox, bento, operator, clock):
    before = sandbox.people(ALAN)["bento"][0]["unsubscribed_at"]

    sent = subscribers.command(bento, [one("unsubscribe", ALAN), one("unsubscribe", ADA)], by=operator, clock=clock)
    sandbox.settle()

    assert "move the date" in sent.refused[0]
    assert sent.tally.taken == 1
    assert sandbox.people(ALAN)["bento"][0]["unsubscribed_at"] == before


def test_the_same_command_twice_is_sent_once(sandbox, bento, operator, clock):
    sent = subscribers.command(bento, [one("unsubscribe", ADA)] * 2, by=operator, clock=clock)

    assert (list(sent.refused), sent.tally.sent) == ([1], 1)


@pytest.mark.parametrize(("seconds", "taken"), [(60, 1), (61, None)])
def test_a_look_grows_old_after_sixty_seconds(settings, sandbox, bento, operator, seconds, taken):
    settings.VENDOR_SECRET_URLS = {"bento": sandbox.bento_url}  # each slot of the minute reads the clock once
    moments = Moments(seconds)

    sent = subscribers.command(bento, [one("add_tag", ADA)], by=operator, clock=moments)

    assert (sent.tally and sent.tally.taken) == taken
    assert ("commands" in acts(sandbox)) is (taken == 1)


def test_a_look_that_fails_sends_no_command(sandbox, bento, operator, clock):
    sandbox.fault(vendor="bento", status=500, method="GET")

    with pytest.raises(NoLook, match="Nothing was sent"):
        subscribers.command(bento, [one("add_tag", ADA)], by=operator, clock=clock)

    assert acts(sandbox) == ["find"]
    assert last_facts("subscriber.command")["outcome"] == "maybe_arrived"


def test_one_profile_is_deleted_where_there_is_one(sandbox, blueshift, operator, clock):
    subscribers.delete_one(blueshift, ADA, by=operator, clock=clock)
    sandbox.settle()

    assert acts(sandbox) == ["search", "delete"]
    assert sandbox.people(ADA)["blueshift"] == []
    assert last_facts("subscriber.delete_one")["found"] == 1


def test_of_several_profiles_one_is_named(sandbox, blueshift, operator, clock):
    with pytest.raises(PersonRefused, match="3 profiles match"):
        subscribers.delete_one(blueshift, MARGARET, by=operator, clock=clock)
    with pytest.raises(PersonRefused, match="no such profile"):
        subscribers.delete_one(blueshift, MARGARET, customer_id="9", by=operator, clock=clock)
    subscribers.delete_one(blueshift, MARGARET, customer_id="2002", by=operator, clock=clock)
    sandbox.settle()

    left = {person["customer_id"] for person in sandbox.people(MARGARET)["blueshift"]}
    assert left == {"2001", None}
    assert acts(sandbox) == ["search", "search", "search", "delete"]


def test_a_deletion_counts_against_the_day(sandbox, operator, clock):
    [blueshift] = accounts(sandbox, "blueshift", per_day=1)
    subscribers.delete_one(blueshift, ADA, by=operator, clock=clock)

    with pytest.raises(AccountClosed, match="no deletion left"):
        subscribers.delete_one(blueshift, ALAN, by=operator, clock=clock)

    assert [usage.sends for usage in Usage.objects.all()] == [1]


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ({"status": 422, "style": "json"}, "rejected"),
        ({"status": 422, "style": "errors"}, "rejected"),
        ({"status": 200, "style": "truncated"}, "unknown"),
        ({"status": 200, "style": "html"}, "html_success"),
        ({"status": 404, "style": "html"}, "wrong_address"),
        ({"wire": "reset", "effect": True}, "unknown"),
    ],
    ids=str,
)
def test_an_answer_of_any_kind_leaves_its_event(sandbox, bento, operator, clock, fault, outcome):
    sandbox.fault(vendor="bento", method="POST", **fault)

    with pytest.raises((VendorRefusal, VendorUnclear)):
        subscribers.create(bento, NOBODY, by=operator, clock=clock)

    assert last_facts("subscriber.create")["outcome"] == outcome


def test_an_interrupt_leaves_its_event_too(bento, operator):
    with pytest.raises(KeyboardInterrupt):
        subscribers.command(bento, [one("add_tag", ADA)], by=operator, clock=Interrupted())

    assert last_facts("subscriber.command")["outcome"] == "interrupted"


def test_an_event_names_the_account_and_nobody(sandbox, bento, operator, clock):
    subscribers.command(bento, [one("change_email", ADA, "new@example.com")], by=operator, clock=clock)

    event = AuditEvent.objects.get(action="subscriber.command")
    assert (event.subject, event.actor) == ("account/bento", "olga")
    assert "example.com" not in bytes(event.body).decode()
    assert last_facts("subscriber.command") == {
        "command": "change_email", "asked": 1, "refused": 0, "sent": 1, "taken": 1, "outcome": "accepted",
        "http_status": 200,
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_a_request_is_out(sandbox, bento, operator):
    clock = Watching()

    subscribers.command(bento, [one("add_tag", ADA)], by=operator, clock=clock)

    assert clock.seen.count(True) == 2  # while the look and the command took their slots


class Moments:
    """Stand still until the look, the fifth question for the time, then jump by so many seconds."""

    def __init__(self, seconds: float):
        self._jump = timedelta(seconds=seconds)
        self._asked = 0

    def __call__(self):
        self._asked += 1
        return NOW if self._asked <= 5 else NOW + self._jump


class Interrupted:
    """Ctrl-C, right before the look."""

    def __init__(self):
        self._asked = 0

    def __call__(self):
        self._asked += 1
        if self._asked == 4:
            raise KeyboardInterrupt
        return NOW


class Watching:
    """Note whether a transaction is open whenever somebody asks for the time."""

    def __init__(self):
        self.seen = []

    def __call__(self):
        self.seen.append(connection.in_atomic_block)
        return NOW
