"""Who the two vendors know. Nothing here knows HTTP."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Generic, TypeVar


@dataclass
class Visitor:
    """A person at Bento. `refusal` and `sticky` steer the sandbox and never appear in an answer."""

    id: str
    uuid: str
    email: str
    created_at: str
    updated_at: str
    fields: dict[str, Any] | None = None
    tags: list[str] = field(default_factory=list)
    unsubscribed_at: str | None = None
    last_event_at: str | None = None
    refusal: str = ""
    sticky: bool = False

    @property
    def home(self) -> str:
        return self.email

    def touch(self, at: str) -> None:
        self.updated_at = at


@dataclass
class Customer:
    """A profile at Blueshift. A forgotten one keeps what it is found by, out of sight, and nothing else."""

    uuid: str
    email: str | None
    created_at: str
    updated_at: str
    customer_id: str | None = None
    cookie: str | None = None
    device_id: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    unsubscribed_at: str | None = None
    forgotten: dict[str, str | None] = field(default_factory=dict)
    tracked: bool = True
    leaving: bool = False
    sticky: bool = False

    @property
    def home(self) -> str:
        return self.email or self.forgotten.get("email") or ""

    def matches(self, kind: str, value: str) -> bool:
        return value in (getattr(self, kind), self.forgotten.get(kind))


Record = TypeVar("Record", Visitor, Customer)


class Register(Generic[Record]):
    """Records by uuid, with an index by address so that ten thousand people stay quick."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._homes: defaultdict[str, dict[str, None]] = defaultdict(dict)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records.values())

    def __len__(self) -> int:
        return len(self._records)

    def get(self, uuid: str) -> Record | None:
        return self._records.get(uuid)

    def at(self, email: str, *, exact: bool) -> list[Record]:
        """Everybody at an address, oldest first; not exact means that capitals do not matter."""
        found = [self._records[uuid] for uuid in self._homes.get(email.casefold(), ())]
        return [record for record in found if record.home == email] if exact else found

    def add(self, record: Record) -> Record:
        self._records[record.uuid] = record
        self._homes[record.home.casefold()][record.uuid] = None
        return record

    def move(self, record: Record, **changes: Any) -> None:
        """Change attributes that the index may rest on."""
        self._homes[record.home.casefold()].pop(record.uuid, None)
        for name, value in changes.items():
            setattr(record, name, value)
        self._homes[record.home.casefold()][record.uuid] = None

    def remove(self, record: Record) -> None:
        self._records.pop(record.uuid, None)
        self._homes[record.home.casefold()].pop(record.uuid, None)


class People:
    """Both vendors' people and Bento's tags."""

    def __init__(self) -> None:
        self.visitors: Register[Visitor] = Register()
        self.customers: Register[Customer] = Register()
        self.tag_ids: dict[str, str] = {}
        self._last_id = 611_427_000

    def next_id(self) -> str:
        self._last_id += 1
        return str(self._last_id)

    def tag_id(self, name: str) -> str:
        """Return Bento's internal id of a tag; an unknown tag comes into being."""
        return self.tag_ids.setdefault(name, str(174 + len(self.tag_ids)))

    def dump(self) -> dict[str, Any]:
        return {
            "bento": [asdict(visitor) for visitor in self.visitors],
            "blueshift": [asdict(customer) for customer in self.customers],
            "tags": self.tag_ids,
        }

    def load(self, dump: dict[str, Any]) -> None:
        for visitor in dump["bento"]:
            self.visitors.add(Visitor(**visitor))
        for customer in dump["blueshift"]:
            self.customers.add(Customer(**customer))
        self.tag_ids.update(dump["tags"])
        self._last_id = max([self._last_id, *(int(visitor.id) for visitor in self.visitors)])
