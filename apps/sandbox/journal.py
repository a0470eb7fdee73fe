"""What the vendors really received: evidence that does not depend on the console."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Entry:
    """One request. `status` is None when no answer was sent, `effect` says whether the vendor accepted the act."""

    number: int
    received_at: str
    vendor: str
    action: str
    method: str
    path: str
    query: dict[str, Any]
    body: dict[str, Any]
    identifiers: list[str]
    request_id: str
    idempotency_key: str
    user_agent: str
    content_type: str
    connection: int
    in_flight: int
    status: int | None
    reply_id: str
    fault: str
    effect: bool


class Journal:
    """Entries in memory and, with a file, on disk before the answer leaves."""

    def __init__(self, path: Path | None = None) -> None:
        self._entries: list[Entry] = []
        self._file = path.open("a", encoding="utf-8") if path else None

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def write(self, entry: Entry) -> None:
        self._entries.append(entry)
        if self._file:
            self._file.write(json.dumps(asdict(entry)) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())

    def forget(self) -> None:
        """Empty the memory; a file only ever grows."""
        self._entries.clear()
