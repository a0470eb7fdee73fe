from collections.abc import Mapping, Sequence

from .answers import Created, Profile, Tally
from .bento_judge import BentoJudge, profile
from .errors import VendorError
from .http import Writer
from .records import OddShape
from .replies import Reply, claims_failure
from .subscribers import Command, Subscriber

IMPORT_LIMIT = 1000  # API conventions; the Node, PHP and .NET SDKs refuse more before sending
COMMAND_LIMIT = 100  # the legacy page on commands; today's is silent


class BentoSubscribers(BentoJudge):
    """Everything that creates or changes subscribers. It is given a Writer alone; every call is sent once.

    All three calls can make a person of an unknown address. Whoever calls them has asked the suppression lists first,
    and for a command has just looked (apps/tickets/services/subscribers.py).
    """

    def __init__(self, writer: Writer, *, site: Mapping[str, str], keys: Mapping[str, str]):
        super().__init__(keys)
        self._writer = writer
        self._site = site

    def add_all(self, subscribers: Sequence[Subscriber]) -> Tally:
        """Import 1 to 1000 records, merged by address (Bento: Subscribers, Import Subscribers).

        Queued work: up to 5 minutes. Raises VendorError; a partial failure is no error but stands in the tally.
        """
        _require_between(1, IMPORT_LIMIT, subscribers)
        reply = self._post("/api/v1/batch/subscribers", {"subscribers": [each.item() for each in subscribers]})
        tally = _tally(reply, len(subscribers))
        if tally is None:
            raise self._failure(reply, *(each.email for each in subscribers))
        return tally

    def create(self, email: str) -> Created:
        """Create one subscriber, who may have been there before (Bento: Subscribers, Create Subscriber).

        Answers 201 or 200 (bento-beyond-the-page 1.2), and may start automations, which an import never does.
        """
        reply = self._post("/api/v1/fetch/subscribers", {"subscriber": {"email": email}})
        found = _created(reply)
        if found is None:
            raise self._failure(reply, email)
        return Created(found, reply.status, reply.request_id)

    def run(self, commands: Sequence[Command]) -> Tally:
        """Queue 1 to 100 commands, always as an array (Bento: Subscribers, Run Command).

        Live answers count (`results`), the page shows the subscriber (`data`): either is taken, and neither is read for
        the state of a person. A count that differs says not which command was dropped, so it raises VendorUnclear.
        """
        _require_between(1, COMMAND_LIMIT, commands)
        reply = self._post("/api/v1/fetch/commands", {"command": [command.item() for command in commands]})
        if not _are_taken(reply, len(commands)):
            raise self._failure(reply, *(text for each in commands for text in (each.email, each.name) if "@" in text))
        return Tally(len(commands), len(commands), 0, reply.status, reply.request_id)

    def _post(self, path: str, document: object) -> Reply:
        return self._writer.post(path, query=self._site, json=document)

    def _failure(self, reply: Reply, *addresses: str) -> VendorError:
        return self._error(self._verdict(reply), reply, *addresses)


def _require_between(least: int, most: int, records: Sequence[object]) -> None:
    if not least <= len(records) <= most:
        raise ValueError(f"One call takes {least} to {most} records, not {len(records)}.")


def _tally(reply: Reply, sent: int) -> Tally | None:
    """Read `results` and `failed`, or the `result` of the page; None where nothing believable was counted."""
    body = _documented(reply)
    taken = _count(body.get("results", body.get("result")))
    if taken is None or taken > sent:
        return None
    failed = max(_count(body.get("failed")) or 0, sent - taken)
    return Tally(sent, taken, failed, reply.status, reply.request_id)


def _created(reply: Reply) -> Profile | None:
    try:
        return profile(_documented(reply).get("data"))
    except OddShape:
        return None


def _are_taken(reply: Reply, sent: int) -> bool:
    body = _documented(reply)
    if "results" in body:
        return _count(body["results"]) == sent
    return isinstance(body.get("data"), dict)


def _documented(reply: Reply) -> Mapping[str, object]:
    """Return the object of a success that does not take itself back, and an empty one for everything else."""
    body = reply.json if reply.is_success else None
    return body if isinstance(body, dict) and not claims_failure(body) else {}


def _count(value: object) -> int | None:
    """Read a whole number from 0 up; true is none, though Python counts it."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
