"""The vendor's own words, made fit to be kept: cleaned, without our key or the subject's identifier, and cut."""

import html
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from urllib.parse import quote, quote_plus

from .replies import Reply

KEPT_BYTES = 2048
_READ_BYTES = 16 * 1024
_SHORT = 6
_TITLE = re.compile(r"<title[^<>]*>([^<]*)", re.IGNORECASE)
_UNSEEN = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def readable(reply: Reply, hidden: Mapping[str, str]) -> str:
    """Return at most 2 KiB of the body as plain text, `hidden` values replaced by their labels.

    Redacts before it cuts: half an address at the end would be one too.
    """
    return _cut(_redact(_clean(_text(reply)), hidden))


def _text(reply: Reply) -> str:
    r"""Undo JSON's escapes, in a cut body too: "ann\u002bx@…" must not hide an address from redaction."""
    if reply.is_html:
        return _page_text(_decode(reply.body))
    body = reply.json
    if body is None:
        return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), _decode(reply.body))
    return json.dumps(body, ensure_ascii=False)


def _decode(body: bytes) -> str:
    return body[:_READ_BYTES].decode("utf-8", errors="replace")


def _page_text(page: str) -> str:
    title = _TITLE.search(page)
    if title and title[1].strip():
        return html.unescape(title[1])
    return html.unescape(_TAG.sub(" ", _UNSEEN.sub(" ", page)))


def _clean(text: str) -> str:
    """Drop control characters, bidi overrides and other invisible ones; any run of white space becomes one space."""
    spaced = " ".join(text.split())
    return "".join(c for c in spaced if unicodedata.category(c) not in _HIDDEN_CATEGORIES)


def _redact(text: str, hidden: Mapping[str, str]) -> str:
    for value, label in hidden.items():
        for spelling in sorted(_spellings(value), key=len, reverse=True):
            text = _pattern(spelling).sub(label, text)
    return text


def _spellings(value: str) -> Iterable[str]:
    plain = _clean(value)
    encoded = {quote(plain, safe=""), quote(plain, safe="@"), quote_plus(plain), quote_plus(plain, safe="@")}
    return {plain, json.dumps(plain, ensure_ascii=False)[1:-1], html.escape(plain), *encoded} - {""}


def _pattern(spelling: str) -> re.Pattern:
    """Match any case; a short value only as a whole word, or customer 4 would blank every 4."""
    edge = r"\b" if len(spelling) < _SHORT and spelling.isalnum() else ""
    return re.compile(edge + re.escape(spelling) + edge, re.IGNORECASE)


def _cut(text: str) -> str:
    return text.encode()[:KEPT_BYTES].decode(errors="ignore")
