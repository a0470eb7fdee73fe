"""Read what a vendor holds of a person: by address, and by the vendor's ids of the snapshot, over several looks."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace

from apps.privacy.vault import unseal
from apps.tickets.models import Erasure
from apps.tickets.records import plain, records_of
from apps.tickets.states import Spelling
from apps.vendors.clients.answers import Look, Profile
from apps.vendors.clients.client import VendorClient
from apps.vendors.pace import Pace

from .claiming import MOST_UUIDS, Step


@dataclass(frozen=True)
class Sighting:
    """What was found: by address in the spelling that found somebody, by the vendor's ids, and by earlier looks.

    ``unasked`` are the ids that this look had no time for: until they are asked for, nobody is known to be absent.
    """

    by_address: Look
    spelling: str
    by_uuid: tuple[Profile, ...] = ()
    unasked: tuple[str, ...] = ()
    earlier: tuple[Profile, ...] = ()


def look(client: VendorClient, step: Step, pace: Pace) -> Sighting:
    """Read what the vendor holds; raises VendorError. Touches no database: it runs in a thread of its own.

    Bento may tell capitals apart, so both spellings are asked for, as typed first. It clears only the address of an
    anonymized record, so the ids that no address has shown are looked up as well (docs/vendors/bento.md).
    """
    found, spelling = _by_address(client, step, pace)
    shown = records_of(profile.uuid for profile in found.profiles)
    unseen = tuple(uuid for uuid in step.uuids if plain(uuid) not in shown)
    by_uuid = tuple(_by_uuid(client, unseen[:MOST_UUIDS], pace))
    return Sighting(found, spelling, by_uuid, unasked=unseen[MOST_UUIDS:])


def gathered(erasure: Erasure) -> tuple[Profile, ...]:
    """Return what the earlier looks of this window found, where one look could not ask for all ids."""
    if erasure.gathered is None:
        return ()
    return tuple(_read_profiles(unseal(erasure.ticket.key, erasure.gathered, name=erasure.gathered_name)))


def records_in(sighting: Sighting) -> list[Profile]:
    """Return what was found, each record once; the address tells more of it than its id.

    Several looks are judged as one: whoever an earlier one found counts, unless this one tells of the same record.
    """
    found = (*sighting.earlier, *sighting.by_uuid, *sighting.by_address.profiles)
    return list({plain(seen.uuid) or str(number): seen for number, seen in enumerate(found)}.values())


def people_in(sighting: Sighting) -> list[Profile]:
    """Return the records that hold somebody, each once; an anonymized one holds nobody."""
    return [profile for profile in records_in(sighting) if profile.personal]


def is_present(sighting: Sighting, uuids: Iterable[str]) -> bool:
    """Tell whether the person is still there: found again with personal fields, under one of these ids.

    Where no snapshot found anybody, whoever is found now counts as still there.
    """
    known = records_of(uuids)
    return any(plain(profile.uuid) in known or not known or not profile.uuid for profile in people_in(sighting))


def write_profiles(profiles: Iterable[Profile]) -> str:
    """Return the text to seal until the last of several looks."""
    return json.dumps([asdict(profile) for profile in profiles], ensure_ascii=False)


def _read_profiles(text: str) -> Iterator[Profile]:
    for kept in json.loads(text):
        yield Profile(**{**kept, "tags": tuple(kept["tags"])})


def _by_address(client: VendorClient, step: Step, pace: Pace) -> tuple[Look, str]:
    """Return all records under the address, and the spelling that a request has to carry first."""
    pace.wait()
    typed = client.look(step.erasure.kind, step.value)
    if step.value == step.value.lower():
        return typed, Spelling.TYPED
    pace.wait()
    lower = client.look(step.erasure.kind, step.value.lower())
    if not typed.profiles:
        return lower, Spelling.LOWERCASE if lower.profiles else Spelling.TYPED
    shown = records_of(profile.uuid for profile in typed.profiles)
    others = tuple(profile for profile in lower.profiles if plain(profile.uuid) not in shown)
    return replace(
        typed, profiles=typed.profiles + others, raw=typed.raw + lower.raw
    ) if others else typed, Spelling.TYPED


def _by_uuid(client: VendorClient, uuids: Iterable[str], pace: Pace) -> Iterator[Profile]:
    for uuid in uuids:
        pace.wait()
        yield from client.look_by_uuid(uuid).profiles
