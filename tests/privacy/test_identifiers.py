"""One spelling per person, and sentences that never repeat the value."""

import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.privacy.identifiers import InvalidIdentifier, Kind, mask, normalise

NAME = "zanzibar"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("jane@example.com", "jane@example.com"),
        ("  Jane.Doe+Tag@EXAMPLE.com\r\n", "jane.doe+tag@example.com"),
        ("\ufeffjane@example.com\u200b \u2060", "jane@example.com"),
        ("jose\u0301@example.com", "jos\u00e9@example.com"),
        ("JOSE\u0301@example.com", "jos\u00e9@example.com"),
        ("info@MÜNCHEN.de", "info@xn--mnchen-3ya.de"),
        ("info@XN--MNCHEN-3YA.de", "info@xn--mnchen-3ya.de"),
        ("info@faß.de", "info@xn--fa-hia.de"),
        ("用户@例え。jp", "用户@xn--r8jz45g.jp"),
        ("o'brien@example.co.uk", "o'brien@example.co.uk"),
        ("root@localhost", "root@localhost"),
        ('"also:x"@example.com', '"also:x"@example.com'),
    ],
)
def test_spellings_of_one_address_become_one(typed, expected):
    assert normalise(Kind.EMAIL, typed) == expected


@pytest.mark.parametrize("typed", ["Jane@Example.com", "İnfo@MÜNCHEN.de", "ΟΔΟΣ@example.gr", "ﬃ@example.com"])
def test_normalising_twice_changes_nothing(typed):
    once = normalise(Kind.EMAIL, typed)

    assert normalise(Kind.EMAIL, once) == once


@pytest.mark.parametrize("folded", ["jane.doe@gmail.com", "jane+news@gmail.com", "ﬁ@gmail.com"])
def test_distinct_mailboxes_stay_distinct(folded):
    assert normalise(Kind.EMAIL, folded) == folded


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "is empty"),
        (" \u200b ", "is empty"),
        (f"{NAME}.example.com", "one @"),
        (f"{NAME}@b@example.com", "one @"),
        (f"@{NAME}.com", "one @"),
        (f"{NAME}@", "not a domain"),
        (f"{NAME} doe@example.com", "no spaces"),
        (f"Jane <{NAME}@example.com>", "no spaces"),
        (f"<{NAME}@example.com>", "not a domain"),
        (f"{NAME}\0@example.com", "control character"),
        (f"{NAME}@exam\nple.com", "control character"),
        (f"{NAME}\u2028@example.com", "control character"),
        (f"{NAME}\x9b@example.com", "control character"),
        (f"{NAME}\udcff@example.com", "not UTF-8"),
        (f"{NAME}\u202e@example.com", "invisible"),
        (f"{NAME}\u2066@example.com", "invisible"),
        (f"zan\u200bzibar@{NAME}.com", "invisible"),
        (f"mailto:{NAME}@example.com", "remove “mailto:”"),
        (f" MAILTO:{NAME}@example.com", "remove “mailto:”"),
        (f"also:{NAME}@example.com", "no colon"),
        (f'"also:{NAME}@example.com', "no colon"),
        (f'"@{NAME}:"@example.com', "one @"),
        (f"{NAME}@exa_mple.com", "not a domain"),
        (f"{NAME}@example..com", "not a domain"),
        (f"{NAME}@xn--zzzzzzzz99.com", "not a domain"),
        (f"{NAME}@example.com.", "ends with a dot"),
        (f"{NAME * 9}@example.com", "64 bytes"),
        ("é" * 33 + f"@{NAME}.com", "64 bytes"),
        (f"jane@{(NAME + '.') * 30}com", "254 characters"),
        (f"{'a' * 64}@{'ü.' * 30}{NAME}.com", "254 characters"),
        (NAME * 200_000, "254 characters"),
    ],
)
def test_a_refusal_tells_what_is_wrong_and_not_the_value(typed, words):
    with pytest.raises(InvalidIdentifier) as refusal:
        normalise(Kind.EMAIL, typed)

    assert words in str(refusal.value)
    assert NAME not in str(refusal.value)
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


@pytest.mark.parametrize("kind", [Kind.CUSTOMER_ID, Kind.COOKIE, Kind.DEVICE_ID])
def test_other_identifiers_keep_their_case_and_inner_blanks(kind):
    assert normalise(kind, "\ufeff Ab 12-Z\u0301 ") == "Ab 12-Ź"


@pytest.mark.parametrize(
    ("typed", "words"),
    [("  ", "is empty"), ("a\x00b", "control"), ("a\tb", "control"), ("a\u202eb", "invisible"), ("a" * 256, "255")],
)
def test_other_identifiers_are_refused_with_a_reason(typed, words):
    with pytest.raises(InvalidIdentifier, match=words):
        normalise(Kind.CUSTOMER_ID, typed)


def test_an_unknown_kind_is_a_programming_error():
    with pytest.raises(ValueError, match="telegram"):
        normalise("telegram", "x")


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (Kind.EMAIL, "jane@example.com", "j•••@e•••.com"),
        (Kind.EMAIL, " Jane@shop.example.co.uk", "J•••@s•••.uk"),
        (Kind.EMAIL, "root@localhost", "r•••@l•••"),
        (Kind.EMAIL, "a@b@example.com", "a•••@e•••.com"),
        (Kind.EMAIL, "nonsense", "n•••"),
        (Kind.EMAIL, "", "•••"),
        (Kind.CUSTOMER_ID, "cus_1234", "c•••"),
        (Kind.CUSTOMER_ID, "jane@example.com", "j•••"),
    ],
)
def test_a_mask_shows_first_letters_only(kind, value, shown):
    assert mask(kind, value) == shown


LABELS = st.one_of(
    st.text("ab9-", max_size=6),
    st.sampled_from(["xn--a", "xn--mnchen-3ya", "ab--c", "a-", "-a", "", "x" * 63, "x" * 64, "1", "a_b", "münchen"]),
)


@given(st.lists(LABELS, min_size=1, max_size=5).map(".".join))
def test_a_plain_domain_is_what_idna_makes_of_it(domain):
    try:
        expected = idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        expected = ""

    try:
        found = normalise(Kind.EMAIL, f"a@{domain}").removeprefix("a@")
    except InvalidIdentifier:
        found = ""

    assert found == ("" if expected.endswith(".") or len(expected) > 252 else expected)
