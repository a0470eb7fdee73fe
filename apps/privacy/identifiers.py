"""What identifies a person, in one spelling, and what of it may be shown."""

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

import idna

from .errors import PrivacyError

EMAIL_LIMIT = 254
LOCAL_PART_LIMIT = 64
OTHER_LIMIT = 255
DOTS = "•••"
DOMAIN_LIMIT = 253
_PLAIN_LABEL = r"(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PLAIN_DOMAIN = re.compile(rf"(?:{_PLAIN_LABEL}\.)*{_PLAIN_LABEL}")

# Zero-width characters and the byte order mark come along with copied text; str.strip() leaves them.
ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"
JOINERS = "\u200c\u200d"  # letters of Persian and of Indian scripts need them inside a word


class Kind(StrEnum):
    """The kinds of identifier a vendor may know a person by."""

    EMAIL = "email"
    CUSTOMER_ID = "customer_id"
    COOKIE = "cookie"
    DEVICE_ID = "device_id"


class InvalidIdentifier(PrivacyError):
    """The value cannot identify anybody; the sentence never repeats it."""


def normalise(kind: str, value: str) -> str:
    """Return the one spelling that digests are made of; raise InvalidIdentifier. Repeating it changes nothing."""
    if Kind(kind) is Kind.EMAIL:
        return _normalise_email(value)
    text = unicodedata.normalize("NFC", trim(value))
    _refuse_unless_plain(text)
    if len(text) > OTHER_LIMIT:
        raise InvalidIdentifier(f"The identifier is longer than {OTHER_LIMIT} characters.")
    return text


def mask(kind: str, value: str) -> str:
    """Return what may be shown of a value, such as j•••@e•••.com; never raises."""
    text = trim(value)
    local, at, domain = text.rpartition("@")
    if kind != Kind.EMAIL or not at:
        return text[:1] + DOTS
    name, dot, ending = domain.rpartition(".")
    return f"{local[:1]}{DOTS}@{(name or ending)[:1]}{DOTS}{dot}{ending if dot else ''}"


def _normalise_email(value: str) -> str:
    text = trim(value)
    _refuse_unless_plain(text)
    _refuse_if_too_long(text)
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())
    local, domain = _split(folded)
    address = f"{local}@{_ascii_domain(domain)}"
    _refuse_if_too_long(address)
    return address


def trim(value: str) -> str:
    """Strip blanks and invisible characters in any order, however they are interleaved."""
    start, end = 0, len(value)
    while start < end and _is_blank(value[start]):
        start += 1
    while end > start and _is_blank(value[end - 1]):
        end -= 1
    return value[start:end]


def _is_blank(character: str) -> bool:
    return character.isspace() or character in ZERO_WIDTH


def _refuse_unless_plain(text: str) -> None:
    if not text:
        raise InvalidIdentifier("The identifier is empty.")
    if text.isascii() and text.isprintable():
        return
    for character in text:
        _refuse_if_unreadable(character)


def _refuse_if_unreadable(character: str) -> None:
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        raise InvalidIdentifier("The identifier holds a control character.")
    if category == "Cs":
        raise InvalidIdentifier("The identifier holds half a character: it was cut, or is not UTF-8.")
    if category == "Cf" and character not in JOINERS:
        raise InvalidIdentifier("The identifier holds an invisible character. Type it anew instead of pasting it.")


def _refuse_if_too_long(address: str) -> None:
    if len(address) > EMAIL_LIMIT:
        raise InvalidIdentifier(f"The address is longer than {EMAIL_LIMIT} characters.")


def _split(address: str) -> tuple[str, str]:
    local, _, domain = address.partition("@")
    if address.count("@") != 1 or not local:
        raise InvalidIdentifier("An e-mail address has one @ with a name before it.")
    _refuse_colon(local)
    if any(character.isspace() for character in address):
        raise InvalidIdentifier("An e-mail address holds no spaces.")
    if len(local.encode()) > LOCAL_PART_LIMIT:
        raise InvalidIdentifier(f"The part before the @ is longer than {LOCAL_PART_LIMIT} bytes.")
    return local, domain


def _refuse_colon(local: str) -> None:
    """Refuse what links and exports put before an address: it would be taken as somebody else."""
    if ":" not in local or (len(local) > 1 and local[0] == local[-1] == '"'):
        return
    if local.startswith("mailto:"):
        raise InvalidIdentifier("The address begins with “mailto:”: remove “mailto:” and try again.")
    raise InvalidIdentifier("The part before the @ holds no colon: remove what stands before the address.")


@lru_cache(maxsize=4096)
def _ascii_domain(domain: str) -> str:
    if len(domain) <= DOMAIN_LIMIT and _PLAIN_DOMAIN.fullmatch(domain):
        return domain  # what IDNA would say too, a hundred times as slowly
    try:
        encoded = idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        # The cause would carry the domain into a traceback, and so into logs.
        raise InvalidIdentifier("The part after the @ is not a domain name.") from None
    if encoded.endswith("."):
        raise InvalidIdentifier("The domain ends with a dot.")
    return encoded
