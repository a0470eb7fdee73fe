"""What is sealed opens under its own key and name, and never again once the key is gone."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from apps.privacy import vault
from apps.privacy.models import DataKey
from apps.privacy.vault import Shredded, VaultError

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
NAME = "ticket.note"

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Sealed:
    key: DataKey
    text: bytes


@pytest.fixture
def sealed() -> Sealed:
    key = vault.new_key(NOW)
    return Sealed(key, vault.seal(key, "Jane wrote: “löschen”", name=NAME))


def test_it_opens_from_the_stored_row(sealed):
    stored = DataKey.objects.get(pk=sealed.key.pk)

    assert vault.unseal(stored, sealed.text, name=NAME) == "Jane wrote: “löschen”"


def test_the_database_holds_neither_text_nor_key(sealed):
    stored = DataKey.objects.get(pk=sealed.key.pk)

    assert b"Jane" not in sealed.text
    assert len(bytes(stored.wrapped)) == 12 + 32 + 16


def test_equal_texts_look_different(sealed):
    again = vault.seal(sealed.key, "Jane wrote: “löschen”", name=NAME)

    assert again != sealed.text


def test_it_does_not_open_under_another_name(sealed):
    with pytest.raises(VaultError, match="moved here"):
        vault.unseal(sealed.key, sealed.text, name="ticket.reason")


def test_it_does_not_open_with_another_key(sealed):
    with pytest.raises(VaultError):
        vault.unseal(vault.new_key(NOW), sealed.text, name=NAME)


@pytest.mark.parametrize("place", [0, 11, 12, -1])
def test_a_changed_byte_is_noticed(sealed, place):
    changed = bytearray(sealed.text)
    changed[place] ^= 1

    with pytest.raises(VaultError):
        vault.unseal(sealed.key, bytes(changed), name=NAME)


@pytest.mark.parametrize("length", [0, 5, 12, 20])
def test_a_cut_text_is_noticed(sealed, length):
    with pytest.raises(VaultError):
        vault.unseal(sealed.key, sealed.text[:length], name=NAME)


def test_a_wrapped_key_does_not_work_in_another_row(sealed):
    other = vault.new_key(NOW)
    other.wrapped = sealed.key.wrapped

    with pytest.raises(VaultError):
        vault.unseal(other, sealed.text, name=NAME)


def test_a_shredded_key_opens_nothing(sealed):
    shredded = vault.shred(sealed.key, at=NOW)

    assert shredded
    assert DataKey.objects.get(pk=sealed.key.pk).wrapped is None
    with pytest.raises(Shredded, match="destroyed"):
        vault.unseal(sealed.key, sealed.text, name=NAME)


def test_shredding_twice_keeps_the_first_time(sealed):
    vault.shred(sealed.key, at=NOW)

    again = vault.shred(sealed.key, at=NOW.replace(year=2027))

    assert not again
    assert DataKey.objects.get(pk=sealed.key.pk).shredded_at == NOW


def test_many_keys_go_at_once(sealed):
    vault.new_key(NOW)

    assert vault.shred_all(DataKey.objects.all(), at=NOW) == 2
    assert not DataKey.objects.exclude(wrapped=None).exists()


def test_a_key_that_left_the_environment_is_named(sealed, settings):
    settings.VAULT_KEYS = f"other:{base64.b64encode(b'o' * 32).decode()}"

    with pytest.raises(VaultError, match=f"lacks the key “{sealed.key.key_id}”"):
        vault.unseal(sealed.key, sealed.text, name=NAME)


def test_a_wrong_key_under_the_right_id_is_noticed(sealed, settings):
    settings.VAULT_KEYS = f"{sealed.key.key_id}:{base64.b64encode(b'w' * 32).decode()}"

    with pytest.raises(VaultError, match="another key"):
        vault.unseal(sealed.key, sealed.text, name=NAME)


def test_older_keys_still_open_after_a_new_one_is_put_first(sealed, settings):
    settings.VAULT_KEYS = f"fresh:{base64.b64encode(b'f' * 32).decode()},{settings.VAULT_KEYS}"

    assert vault.unseal(sealed.key, sealed.text, name=NAME).startswith("Jane")
    assert vault.new_key(NOW).key_id == "fresh"


def test_the_database_refuses_a_key_that_is_neither_whole_nor_shredded():
    with pytest.raises(IntegrityError), transaction.atomic():
        DataKey.objects.create(key_id="v1", wrapped=None, created_at=NOW)
