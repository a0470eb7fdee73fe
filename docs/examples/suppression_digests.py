"""Look people up in a handover file of the Compliance Console (docs/suppression.md), with nothing of its code.

blocked = suppressed("shop.csv")
if not blocked.isdisjoint(digests(key, "ann@example.org")):
    ...  # neither mail this person for marketing nor import them again
"""

import csv
import hashlib
import hmac
import unicodedata

import idna  # pip install idna

BLANK = "\u200b\u200c\u200d\u2060\ufeff"


def suppressed(file: str) -> set[str]:
    """Read the digests of a handover file."""
    with open(file, encoding="utf-8", newline="") as lines:
        return {row["digest"] for row in csv.DictReader(line for line in lines if not line.startswith("#"))}


def digests(key: bytes, address: str) -> set[str]:
    """Return both digests under which an address may stand in the file. The key is 32 bytes, decoded from base64."""
    email = normalised(address)
    plain = hashlib.sha256(email.encode()).hexdigest()
    return {digest(key, "email", email), digest(key, "email_sha256", plain)}


def digest(key: bytes, kind: str, identifier: str) -> str:
    return hmac.new(key, f"v1|{kind}|{identifier}".encode(), hashlib.sha256).hexdigest()


def normalised(address: str) -> str:
    local, _, domain = _nfc(_nfc(_trim(address)).lower()).partition("@")
    return f"{local}@{idna.encode(domain, uts46=True).decode()}"


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _trim(text: str) -> str:
    while text and (text[0].isspace() or text[0] in BLANK):
        text = text[1:]
    while text and (text[-1].isspace() or text[-1] in BLANK):
        text = text[:-1]
    return text
