"""POST /suppression/check: answers by position, from the lists as they stand."""

from hashlib import sha256

import pytest

from apps.audit.actors import Actor
from apps.privacy.digests import digest
from apps.suppression.models import SuppressionEntry, SuppressionList
from apps.suppression.services.blocking import suppress
from apps.vendors.models import VendorAccount
from tests.constants import NOW
from tests.tickets.desk import sync


@pytest.fixture
def blocked(db) -> None:
    people = [("email", "ann@example.org"), ("customer_id", "c-1")]
    suppress(people, list_name="erased", source_kind="staff", reference="objected", by=Actor.command(), at=NOW)


def asked(*pairs):
    return {"identifiers": [{"kind": kind, "value": value} for kind, value in pairs]}


def test_answers_come_by_position(call, blocked):
    answer = call(
        "/suppression/check", asked(("email", "bob@example.org"), ("email", " ANN@Example.org"), ("customer_id", "c-1"))
    )

    assert answer.status_code == 200
    assert [said["status"] for said in answer.json()["answers"]] == ["clear", "blocked", "blocked"]
    assert answer.json()["blocked"] == 2


def test_a_block_names_its_list_and_since_when(call, blocked):
    answer = call("/suppression/check", asked(("email", "ann@example.org")))

    said = {"status": "blocked", "lists": ["erased"], "since": NOW.isoformat()}
    assert answer.json() == {"answers": [said], "blocked": 1}


def test_an_unreadable_one_spoils_only_its_own_answer_and_is_not_repeated(call, blocked):
    answer = call("/suppression/check", asked(("email", "no address here"), ("email", "ann@example.org")))

    assert [said["status"] for said in answer.json()["answers"]] == ["unreadable", "blocked"]
    assert "no address here" not in answer.text


def test_half_a_character_spoils_only_its_own_answer(call, blocked):
    halves = ["\ud800@example.org", "ann\udc00@example.org", "\\ud800@example.org", "\U0001f600@example.org"]

    answer = call("/suppression/check", asked(*(("email", value) for value in [*halves, "ann@example.org"])))

    said = [said["status"] for said in answer.json()["answers"]]
    assert said == ["unreadable", "unreadable", "clear", "clear", "blocked"]


def test_ten_thousand_are_answered_and_one_more_is_refused(call, blocked):
    many = [("email", f"p{number}@example.org") for number in range(9_999)]

    taken = call("/suppression/check", asked(*many, ("email", "ann@example.org")))
    refused = call("/suppression/check", asked(*many, ("email", "ann@example.org"), ("email", "bob@example.org")))

    assert (len(taken.json()["answers"]), taken.json()["answers"][-1]["status"]) == (10_000, "blocked")
    assert refused.status_code == 422


def test_an_address_that_was_lifted_is_clear(call, blocked):
    SuppressionEntry.objects.update(lifted_at=NOW, lift_reason="came_back")

    assert call("/suppression/check", asked(("email", "ann@example.org"))).json()["answers"][0]["status"] == "clear"


def test_a_digest_of_the_console_is_an_identifier_too(call, blocked):
    keyed = digest("email", "ann@example.org")

    answer = call("/suppression/check", asked(("digest", f"{keyed.key_id}:{keyed.value.hex()}"), ("email_sha256", "x")))

    assert [said["status"] for said in answer.json()["answers"]] == ["blocked", "unreadable"]


def test_a_sha256_that_nothing_is_found_by_is_no_reason_to_mail(call, blocked):
    answer = call("/suppression/check", asked(("email_sha256", sha256(b"ann@example.org").hexdigest())))

    (said,) = answer.json()["answers"]
    assert (said["status"], answer.json()["blocked"]) == ("unsure", 0)
    assert "ask with the address" in said["problem"]


def test_after_a_rotation_a_digest_is_no_reason_to_mail(call, blocked, settings):
    settings.DIGEST_PEPPERS = f"new:{'N' * 43}=,{settings.DIGEST_PEPPERS}"
    keyed = digest("email", "ann@example.org")

    answer = call("/suppression/check", asked(("digest", f"{keyed.key_id}:{keyed.value.hex()}")))

    (said,) = answer.json()["answers"]
    assert (keyed.key_id, said["status"]) == ("new", "unsure")
    assert "ask with the address" in said["problem"]


def test_a_match_is_counted(call, blocked):
    call("/suppression/check", asked(("email", "ann@example.org")))

    assert sorted(SuppressionEntry.objects.values_list("matches", flat=True)) == [0, 1]


def test_a_list_for_another_account_does_not_count_where_one_is_named(call, blocked):
    sync()
    erased = SuppressionList.objects.get(name="erased")
    erased.everywhere = False
    erased.save(update_fields=["everywhere"])
    erased.accounts.set(VendorAccount.objects.filter(name="blueshift"))
    ann = asked(("email", "ann@example.org"))

    said = [
        call("/suppression/check", ann | where).json() for where in ({}, {"account": "blueshift"}, {"account": "bento"})
    ]

    assert [answer["answers"][0]["status"] for answer in said] == ["blocked", "blocked", "clear"]


def test_an_unknown_account_is_refused(call, blocked):
    answer = call("/suppression/check", asked(("email", "ann@example.org")) | {"account": "nowhere"})

    assert (answer.status_code, answer.json()["type"]) == (422, "/api/v1/docs#refused")
