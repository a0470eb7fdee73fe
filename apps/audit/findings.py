"""What a look found at a vendor, in the words an audit snapshot keeps."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass


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
    def digest(self) -> bytes:
        return hashlib.sha256(self.raw).digest()

    def contents(self) -> str:
        """Return what is sealed: state, tags and fields, without the address that the ticket holds already."""
        return json.dumps({"profiles": [_kept(profile) for profile in self.profiles]}, ensure_ascii=False)


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
