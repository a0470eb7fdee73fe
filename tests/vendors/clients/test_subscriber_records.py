"""What may be asked about one subscriber, and how it looks on the wire."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from apps.vendors.clients.subscribers import Command, Subscriber, UnfitSubscriber, Verb

ANN = "Ann+news@Example.org"


def test_an_import_carries_every_attribute_of_the_page():
    subscriber = Subscriber(
        ANN,
        first_name="Ann",
        last_name="Example",
        tags=("vip", "spring sale"),
        remove_tags=("lead",),
        utm_source="newsletter",
        utm_medium="email",
        utm_campaign="may",
        utm_content="a",
        utm_term="shoes",
        created_at=datetime(2024, 5, 1, 12, tzinfo=timezone(timedelta(hours=2))),
        lifetime_value_currency="USD",
        lifetime_value_amount=1000,
        fields={"plan": "pro"},
    )

    assert subscriber.item() == {
        "email": ANN,
        "first_name": "Ann",
        "last_name": "Example",
        "tags": "vip,spring sale",
        "remove_tags": "lead",
        "utm_source": "newsletter",
        "utm_medium": "email",
        "utm_campaign": "may",
        "utm_content": "a",
        "utm_term": "shoes",
        "created_at": "2024-05-01T10:00:00+00:00",
        "lifetime_value_currency": "USD",
        "lifetime_value_amount": 1000,
        "plan": "pro",
    }


def test_an_import_leaves_out_what_is_empty_but_not_zero():
    assert Subscriber(ANN, lifetime_value_amount=0).item() == {"email": ANN, "lifetime_value_amount": 0}


@pytest.mark.parametrize(
    "wishes",
    [
        {"email": "ann"},
        {"email": "ann @example.org"},
        {"email": "@example.org"},
        {"tags": ("a,b",)},
        {"remove_tags": (" ",)},
        {"lifetime_value_currency": "usd"},
        {"created_at": datetime(2024, 5, 1)},  # noqa: DTZ001
        {"fields": {"command": "unsubscribe"}},
        {"fields": {"Email": "x"}},
        {"fields": {"uuid": "x"}},
        {"fields": {"": "x"}},
    ],
    ids=str,
)
def test_an_unfit_record_is_refused_before_it_is_sent(wishes):
    with pytest.raises(UnfitSubscriber) as caught:
        Subscriber(**{"email": ANN, **wishes})

    assert "example.org" not in str(caught.value)


ITEMS = [
    (Command(Verb.ADD_TAG, ANN, "vip"), {"query": "vip"}),
    (Command(Verb.ADD_TAG_VIA_EVENT, ANN, "vip"), {"query": "vip"}),
    (Command(Verb.REMOVE_TAG, ANN, "vip"), {"query": "vip"}),
    (Command(Verb.ADD_FIELD, ANN, "plan", "pro"), {"query": {"key": "plan", "value": "pro"}}),
    (Command(Verb.REMOVE_FIELD, ANN, "plan"), {"query": "plan"}),
    (Command(Verb.SUBSCRIBE, ANN), {}),
    (Command(Verb.UNSUBSCRIBE, ANN), {}),
    (Command(Verb.CHANGE_EMAIL, ANN, "ann@new.example"), {"query": "ann@new.example"}),
]


@pytest.mark.parametrize(("command", "query"), ITEMS, ids=[command.verb for command, _ in ITEMS])
def test_each_command_has_its_own_query(command, query):
    assert command.item() == {"command": command.verb.value, "email": ANN, **query}


@pytest.mark.parametrize(
    ("verb", "name", "value"),
    [
        (Verb.ADD_TAG, "", ""),
        (Verb.ADD_TAG, "a,b", ""),
        (Verb.ADD_TAG, "vip", "yes"),
        (Verb.REMOVE_FIELD, " ", ""),
        (Verb.UNSUBSCRIBE, "vip", ""),
        (Verb.CHANGE_EMAIL, "nowhere", ""),
    ],
)
def test_a_command_with_a_name_too_many_or_too_few_is_refused(verb, name, value):
    with pytest.raises(UnfitSubscriber):
        Command(verb, ANN, name, value)


def test_the_commands_that_create_are_told_apart():
    assert {verb.value for verb in Verb if verb.creates} == {
        "add_tag",
        "add_tag_via_event",
        "add_field",
        "subscribe",
        "unsubscribe",
    }


def test_neither_shows_the_person():
    texts = [
        repr(Subscriber(ANN, first_name="Ann", fields={"plan": "Ann"})),
        repr(Command(Verb.CHANGE_EMAIL, ANN, "ann@new.example")),
    ]

    assert not [text for text in texts if "Ann" in text or "ann@" in text]


def test_a_moment_of_an_import_is_told_in_utc():
    assert (
        Subscriber(ANN, created_at=datetime(2024, 1, 1, tzinfo=UTC)).item()["created_at"] == "2024-01-01T00:00:00+00:00"
    )
