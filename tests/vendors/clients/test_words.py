"""The vendor's words are kept readable, short, and without anybody's address or key."""

import json

import pytest

from apps.vendors.clients.replies import Reply
from apps.vendors.clients.words import KEPT_BYTES, readable

ADDRESS = "Ann+x@Example.org"
HIDDEN = {"sk_secret": "[key]", ADDRESS: "[address]"}


def words(body: bytes | str, content_type: str = "", **reply) -> str:
    data = body if isinstance(body, bytes) else body.encode()
    return readable(Reply(status=422, body=data, content_type=content_type, **reply), HIDDEN)


@pytest.mark.parametrize(
    "echo",
    [
        ADDRESS,
        ADDRESS.lower(),
        ADDRESS.upper(),
        "Ann%2Bx%40Example.org",
        "ann%2bx@example.org",
        json.dumps({"email": ADDRESS}),
        '{"email": "ann\\u002bx@example.org"}',
        '{"email": "ann\\u002bx@example.org", "cut',
        "email%3DAnn%2Bx%40Example.org",
        "Ann+\u200bx@Exa\u202emple.org",
        "<html><body>No such user: Ann&#43;x@Example.org</body></html>",
    ],
)
def test_an_echoed_address_is_replaced(echo):
    kept = words(echo)

    assert "[address]" in kept
    assert "xample" not in kept.lower()


def test_an_echoed_key_is_replaced():
    assert words('{"error": "unknown key SK_SECRET"}') == '{"error": "unknown key [key]"}'


def test_an_address_across_the_cut_is_replaced_before_the_cut():
    kept = words("x" * (KEPT_BYTES - 8) + ADDRESS)

    assert "Ann" not in kept


def test_a_short_identifier_is_replaced_only_as_a_word():
    reply = Reply(status=422, body=b"Customer 4 of 404: 4")

    assert readable(reply, {"4": "[identifier]"}) == "Customer [identifier] of 404: [identifier]"


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b"a\x00b\x07c\r\n\td", "abc d"),
        ("safe\u202egnp.exe\u202c", "safegnp.exe"),
        ("\ufeffline\u2028two", "line two"),
        (b"caf\xe9", "caf\ufffd"),
        (b"", ""),
        (b'{"error": "a\\u202eb"}', '{"error": "ab"}'),
    ],
)
def test_invisible_characters_are_dropped(body, kept):
    assert words(body) == kept


def test_words_are_cut_at_whole_characters():
    kept = words("é" * KEPT_BYTES)

    assert kept == "é" * (KEPT_BYTES // 2)


@pytest.mark.parametrize(
    ("page", "kept"),
    [
        ("<html><title>Attention &amp; Required!</title><body>x</body>", "Attention & Required!"),
        ("<html><body><script>alert(1)</script><p>Bad\n gateway</p>", "Bad gateway"),
        ("<html><style>p{}</style>", ""),
        ("<html><title></title><h1>Oops</h1>", "Oops"),
        ("<html>&lt;script&gt;", "<script>"),
    ],
)
def test_a_page_becomes_its_title_or_its_text(page, kept):
    assert words(page, "text/html") == kept


@pytest.mark.parametrize("piece", [b"<", b"<script", b"<title", b"&", b"\\u0041", b"[", b"<!--"])
def test_hostile_markup_costs_no_time(piece):
    assert len(words(b"<html>" + piece * 20_000)) <= KEPT_BYTES
