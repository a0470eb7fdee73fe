"""What a look found at a vendor, in the words an audit snapshot keeps."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Profile:
    """One record of a person; times are ISO 8601 as the vendor's client read them.

    `unsubscribed` is None where the vendor does not say. `personal` is False for a record that was anonymized.
    """

    uuid: str
    customer_id: str | None
    email: str | None
    unsubscribed: bool | None
    unsubscribed_at: str | None
    tags: tuple[str, ...]
    fields: Mapping[str, object]
    created_at: str | None
    personal: bool


@dataclass(frozen=True)
class Findings:
    """All records that one look found, and the answer as it came."""

    profiles: tuple[Profile, ...]
    raw: bytes

    @property
    def unsubscribed(self) -> bool | None:
        """Tell whether any record is unsubscribed; None where nobody was found or the vendor does not say."""
        states = {bool(profile.unsubscribed_at) or profile.unsubscribed for profile in self.profiles}
        if True in states:
            return True
        return False if states == {False} else None

    @property
    def uuids(self) -> list[str]:
        return [profile.uuid for profile in self.profiles if profile.uuid]

    @property
    def owners(self) -> int:
        """Count the different customer ids: more than one may be several people under one address."""
        return len({profile.customer_id for profile in self.profiles if profile.customer_id})

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.raw).digest()

    def contents(self, *, full: bool = False) -> str:
        """Return what is sealed: state, tags and fields, without the address that the ticket holds already.

        ``full`` adds the answer as it came, byte for byte, and with it all that the vendor said.
        """
        kept: dict[str, object] = {"profiles": [_kept(profile) for profile in self.profiles]}
        if full:
            kept["raw"] = self.raw.decode("utf-8", errors="backslashreplace")
        return json.dumps(kept, ensure_ascii=False)


def profiles_in(contents: Mapping[str, Any]) -> tuple[Profile, ...]:
    """Return the records of unsealed contents; their addresses were never kept."""
    return tuple(Profile(**{**kept, "email": None, "tags": tuple(kept["tags"])}) for kept in contents["profiles"])


def _kept(profile: Profile) -> dict[str, object]:
    return {
        "uuid": profile.uuid,
        "customer_id": profile.customer_id,
        "personal": profile.personal,
        "created_at": profile.created_at,
        "unsubscribed": profile.unsubscribed,
        "unsubscribed_at": profile.unsubscribed_at,
        "tags": list(profile.tags),
        "fields": dict(profile.fields),
    }
