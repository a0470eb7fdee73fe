"""Hide identifiers in what vendors held and said, where it is to leave without them."""

import re
from collections.abc import Mapping

from apps.privacy.identifiers import Kind, mask

_AT = r"(?:@|%40|\\+u0040)"  # as it is, in a URL, and as JSON may spell it
_ADDRESS = re.compile(rf"[^\s@<>\"'=,;:()]+{_AT}[^\s@<>\"'=,;:()]+")


def conceal(value: object, identifiers: Mapping[str, str]) -> object:
    """Return the same value with masks in place of the identifiers, and of everything that looks like an address.

    A customer id is masked wherever a field of that name holds one, since a snapshot may show more than were typed.
    """
    if isinstance(value, Mapping):
        return {name: _concealed(name, each, identifiers) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [conceal(each, identifiers) for each in value]
    return _text(value, identifiers) if isinstance(value, str) else value


def _concealed(name: str, value: object, identifiers: Mapping[str, str]) -> object:
    if name == Kind.CUSTOMER_ID and value:
        return mask(Kind.CUSTOMER_ID, str(value))
    return conceal(value, identifiers)


def _text(text: str, identifiers: Mapping[str, str]) -> str:
    for kind, typed in identifiers.items():
        if kind != Kind.EMAIL:
            text = re.sub(rf"(?<!\w){re.escape(typed)}(?!\w)", mask(kind, typed), text, flags=re.IGNORECASE)
    return _ADDRESS.sub(lambda found: mask(Kind.EMAIL, re.sub(_AT, "@", found[0])), text)
