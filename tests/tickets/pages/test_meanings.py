"""What a stranger reads for every answer of every vendor."""

import pytest

from apps.tickets.meanings import meaning_of, vendor_label
from apps.vendors.clients.errors import Outcome
from apps.vendors.registry import CLIENTS

EVERY = [(vendor, outcome) for vendor in CLIENTS for outcome in Outcome]


@pytest.mark.parametrize(("vendor", "outcome"), EVERY)
def test_every_answer_is_a_sentence_with_a_tone(vendor, outcome):
    meaning = meaning_of(vendor, outcome, 299)

    assert meaning.code == "299"
    assert meaning.text.endswith(".")
    assert meaning.tone in {"good", "busy", "warn", "bad"}


@pytest.mark.parametrize(("vendor", "outcome"), EVERY)
def test_no_answer_promises_an_erasure(vendor, outcome):
    words = meaning_of(vendor, outcome, 200).text.lower()

    assert not {"deleted", "erased", "gone"} & set(words.replace(".", "").split())


@pytest.mark.parametrize(
    ("vendor", "outcome", "status", "text", "tone"),
    [
        ("bento", "accepted", 202, "Queued for anonymization at Bento. Not yet proof.", "busy"),
        ("blueshift", "accepted", 200, "Accepted by Blueshift. Not yet proof.", "busy"),
        ("bento", "absent", 404, "No such visitor on this site.", "good"),
        ("blueshift", "absent_unsure", 404, "No such customer in this account.", "busy"),
        ("bento", "key_refused", 401, "Key refused.", "bad"),
        ("bento", "maybe_arrived", 500, "May have arrived. Checking before the next try.", "warn"),
        ("blueshift", "wrong_address", 404, "Check the address of this account.", "bad"),
    ],
)
def test_a_number_means_what_its_vendor_means(vendor, outcome, status, text, tone):
    meaning = meaning_of(vendor, outcome, status)

    assert (meaning.code, meaning.text, meaning.tone) == (str(status), text, tone)


def test_a_web_page_in_front_of_the_api_is_told_from_a_refused_key():
    assert meaning_of("bento", "key_refused", 403, html=True).text == "Stopped before it reached the API."


def test_an_answer_that_nobody_saw_has_no_code():
    assert meaning_of("bento", "", None).code == "–"


def test_a_vendor_of_an_earlier_release_keeps_its_name():
    assert vendor_label("acme") == "Acme"
    assert meaning_of("acme", "rejected", 400).text
