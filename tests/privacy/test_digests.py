"""Digests can be remade by whoever holds the pepper, and by nobody else."""

import base64
import hashlib
import hmac

import pytest

from apps.privacy.digests import digest, digests
from apps.privacy.identifiers import InvalidIdentifier, Kind

OLD, NEW = b"o" * 32, b"n" * 32


@pytest.fixture(autouse=True)
def two_peppers(settings):
    settings.DIGEST_PEPPERS = f"new:{base64.b64encode(NEW).decode()},old:{base64.b64encode(OLD).decode()}"


def test_the_recipe_is_the_published_one():
    made = digest(Kind.EMAIL, " Jane@Example.com")

    assert made.value == hmac.new(NEW, b"v1|email|jane@example.com", hashlib.sha256).digest()
    assert made.key_id == "new"


def test_look_ups_try_every_active_pepper_newest_first():
    made = digests(Kind.EMAIL, "jane@example.com")

    assert [each.key_id for each in made] == ["new", "old"]
    assert made[0] == digest(Kind.EMAIL, "jane@example.com")
    assert made[1].value == hmac.new(OLD, b"v1|email|jane@example.com", hashlib.sha256).digest()


def test_equal_values_of_different_kinds_do_not_meet():
    values = {digest(kind, "12345").value for kind in (Kind.CUSTOMER_ID, Kind.COOKIE, Kind.DEVICE_ID)}

    assert len(values) == 3


def test_a_refused_value_has_no_digest():
    with pytest.raises(InvalidIdentifier):
        digest(Kind.EMAIL, "not an address")
