import json
import logging

import pytest

from apps.console.logs import JsonFormatter, SecretsFilter, redact


def line_of(message, *args, error=None):
    record = logging.LogRecord("apps.tickets", logging.ERROR, __file__, 1, message, args, error)
    return json.loads(JsonFormatter().format(record))


@pytest.mark.parametrize(
    "text",
    [
        "Not Found: /admin/?q=ann@example.org",
        "Not Found: /admin/?q=ann%40example.org",
        "no subscriber 'Ann.O+x@sub.example.co.uk'.",
        "<ünal@exämple.de>",
    ],
)
def test_addresses_are_struck_out(text):
    assert "…@…" in redact(text)
    assert "xample" not in redact(text).replace("mä", "")


def test_credentials_are_struck_out():
    text = redact("bento://pk_1:sk_2@127.0.0.1:9/SITE answered; Authorization: Basic cGs6c2s= then postgres://u:p@db/x")

    assert not any(secret in text for secret in ("pk_1", "sk_2", "cGs6c2s", "u:p"))


def test_an_exception_gives_its_class_and_place_but_not_its_text():
    try:
        raise ValueError("Key (email)=(ann)")
    except ValueError as error:
        line = line_of("Job %s failed", 7, error=(type(error), error, error.__traceback__))

    assert (line["message"], line["error"]) == ("Job 7 failed", "ValueError")
    assert "ann" not in json.dumps(line)
    assert "test_logs.py" in line["raised_in"][0]


def test_a_line_break_cannot_forge_a_second_line():
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "one\ntwo\u2028three", (), None)

    assert len(JsonFormatter().format(record).splitlines()) == 1


@pytest.mark.parametrize("name", ["VENDOR_BENTO", "VAULT_KEYS", "DIGEST_PEPPERS", "DATABASE_URL", "SECRET_KEY"])
def test_the_error_page_of_django_hides_secrets(name):
    cleansed = SecretsFilter().cleanse_setting(name, "visible")

    assert "visible" not in cleansed
