"""The fast way of many identifiers ends where the slow way of one does, byte for byte."""

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apps.privacy import bulk
from apps.privacy.bulk import reader, searcher
from apps.privacy.digests import EMAIL_SHA256, digests, lookups, stamps
from apps.privacy.identifiers import InvalidIdentifier, Kind, mask, normalise

PARTS = [*'aZ9@.:-_+" ', "--", "\t", "\r", "\x1c", "\0", "ß", "İ", "\u0301", "\u200b"]
DOMAINS = ["example.com", "EXAMPLE.com", "xn--mnchen-3ya.de", "münchen.de", "ab--c.de", "-a.de", "localhost", "x" * 64]
MESSY = st.lists(st.sampled_from([*PARTS, *DOMAINS, "x" * 60]), max_size=8).map("".join)
ADDRESSES = st.builds("{}@{}".format, st.text(max_size=70), st.one_of(st.sampled_from(DOMAINS), st.text(max_size=30)))
VALUES = st.one_of(MESSY, ADDRESSES, st.emails(), st.text())


@pytest.fixture(autouse=True)
def two_peppers(settings):
    keys = (f"{name}:{base64.b64encode(name.encode() * 8).decode()}" for name in ("new1", "old1"))
    settings.DIGEST_PEPPERS = ",".join(keys)


def slowly(kind: str, value: str) -> list[object]:
    try:
        return [*digests(kind, value), normalise(kind, value), mask(kind, value).lower()]
    except InvalidIdentifier as refusal:
        return [str(refusal)]


def fast(kind: str, value: str) -> list[object]:
    try:
        normalised, masked = reader(kind)(value.encode("utf-8", "surrogateescape"))
    except InvalidIdentifier as refusal:
        return [str(refusal)]
    made = [(key_id, stamp(normalised)) for key_id, stamp in stamps(kind).items()]
    return [*made, normalised.decode(), masked.lower()]


def plain(answer: list[object]) -> list[object]:
    return [(part.key_id, part.value) if hasattr(part, "key_id") else part for part in answer]


@pytest.mark.parametrize("kind", list(Kind))
@given(value=VALUES)
@example(value=" Jane.Doe+Tag@EXAMPLE.com\r\n")
@example(value="a@b@example.com")
@example(value="@example.com")
@example(value=f"{'x' * 64}@example.com")
@example(value=f"{'x' * 65}@example.com")
@example(value=f"{'x' * 64}@{'y' * 63}.{'y' * 63}.{'y' * 61}")
@example(value="x" * 256)
@example(value="mailto:jane@example.com")
@example(value="\u200bMailto:Jane@example.com")
@example(value='"also:jane"@example.com')
@example(value='":@example.com')
def test_both_ways_say_the_same(kind, value):
    value = value.encode("utf-8", "replace").decode()

    assert fast(kind, value) == plain(slowly(kind, value))


def test_what_is_not_utf_8_is_refused_with_the_reason():
    with pytest.raises(InvalidIdentifier, match="is not UTF-8"):
        reader(Kind.EMAIL)("jörg@example.org".encode("latin-1"))


def test_domains_are_remembered_up_to_a_limit(monkeypatch):
    monkeypatch.setattr(bulk, "MOST_DOMAINS", 2)
    read = reader(Kind.EMAIL)

    found = [read(f"ann@d{number}.example".encode())[0] for number in (1, 2, 3, 1, 3)]

    assert found == [f"ann@d{number}.example".encode() for number in (1, 2, 3, 1, 3)]


@pytest.mark.parametrize("value", [" Jane.Doe+Tag@EXAMPLE.com\r\n", "jörg@münchen.de", "0" * 64])
@pytest.mark.parametrize("kind", [*Kind, EMAIL_SHA256])
def test_both_ways_look_for_the_same(kind, value):
    try:
        slow = [keyed.value for keyed in lookups(kind, value)]
    except InvalidIdentifier as refusal:
        with pytest.raises(InvalidIdentifier, match=str(refusal)):
            searcher(kind)(value.encode())
    else:
        assert searcher(kind)(value.encode()) == slow
