"""Keys that would lose or expose what they guard stop the console at start, in words."""

import base64

import pytest

from apps.privacy import checks, keyring


def entry(key_id: str, key: bytes) -> str:
    return f"{key_id}:{base64.b64encode(key).decode()}"


VAULT = entry("v1", b"v" * 32)
PEPPER = entry("p1", b"p" * 32)


@pytest.fixture(autouse=True)
def good_keys(settings):
    settings.VAULT_KEYS, settings.DIGEST_PEPPERS = VAULT, PEPPER


def found() -> list[str]:
    return [message.id for message in checks.check_keys(None)]


def test_good_keys_pass():
    assert found() == []


def test_several_keys_are_read_in_their_order(settings):
    settings.VAULT_KEYS = f" {entry('v2', b'w' * 32)} , {VAULT}, "

    assert list(keyring.vault_keys().keys) == ["v2", "v1"]
    assert keyring.vault_keys().newest == "v2"


def test_the_web_safe_alphabet_is_read_too(settings):
    settings.VAULT_KEYS = "v1:" + base64.urlsafe_b64encode(b"\xfb\xff" * 16).decode()

    assert keyring.vault_keys().keys["v1"] == b"\xfb\xff" * 16


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "No key is set"),
        (" , ", "No key is set"),
        ("c2VjcmV0", "id of letters"),
        (":c2VjcmV0", "id of letters"),
        ("v 1:c2VjcmV0", "id of letters"),
        ("v1:???", "not base64"),
        (entry("v1", b"s" * 31), "31 bytes"),
        (entry("v1", b"s" * 33), "33 bytes"),
        (f"{VAULT},{entry('v1', b'x' * 32)}", "share one id"),
        (f"{VAULT},{entry('v2', b'v' * 32)}", "under two ids"),
        (f"{VAULT},v2", "Key 2"),
    ],
)
@pytest.mark.parametrize(("name", "check_id"), [("VAULT_KEYS", "privacy.E001"), ("DIGEST_PEPPERS", "privacy.E002")])
def test_a_broken_variable_is_named_with_a_reason(settings, name, check_id, text, words):
    setattr(settings, name, text)

    (message,) = checks.check_keys(None)

    assert message.id == check_id
    assert words in message.msg
    assert "base64" in message.hint


def test_one_key_may_not_do_both_jobs(settings):
    settings.DIGEST_PEPPERS = entry("p1", b"v" * 32)

    assert found() == ["privacy.E003"]


def test_the_secret_key_may_not_be_reused(settings):
    settings.SECRET_KEY = VAULT.partition(":")[2]

    assert found() == ["privacy.E004"]


def test_no_message_and_no_repr_shows_a_key(settings):
    short = base64.b64encode(b"s" * 31).decode()
    settings.VAULT_KEYS = f"v1:{short}"

    assert short not in str(checks.check_keys(None))
    assert PEPPER.partition(":")[2] not in repr(keyring.peppers())
    assert "p" * 8 not in repr(keyring.peppers())
