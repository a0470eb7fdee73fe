from enum import StrEnum
from typing import ClassVar, Self
from uuid import UUID

from apps.vendors.accounts import Account, AccountError, Options

from .answers import Look, Receipt
from .http import Wire, basic_credentials
from .judging import Judge

USER_AGENT = "ComplianceConsole/1.0"  # Bento answers 403 to a missing or generic one
PROBE_ADDRESS = "key-check@compliance-console.invalid"  # RFC 2606: nobody can own it


class Offer(StrEnum):
    """What a vendor has beside the erasure of one person: only staff at a shell may ask for it."""

    FIND = "find"
    SEARCH = "search"
    IMPORT = "import"
    CREATE = "create"
    COMMAND = "command"
    DELETE_ONE = "delete-one"


class VendorClient(Judge):
    """What all vendors' clients share: one try per call, a Receipt or Look for the documented answer, else an error.

    A subclass names its endpoints and its own reading of the numbers. One client serves up to `pool` threads.
    """

    name: ClassVar[str]
    hosts: ClassVar[frozenset[str]]
    erases: ClassVar[frozenset[str]]
    looks_up: ClassVar[frozenset[str]]
    looks_up_uuid: ClassVar[bool]
    keys_needed: ClassVar[int]
    modes: ClassVar[frozenset[str]] = frozenset({"delete"})
    site_needed: ClassVar[bool] = False
    options: ClassVar[Options]
    offers: ClassVar[frozenset[Offer]] = frozenset({Offer.FIND})

    def __init__(self, base_url: str, *, username: str, password: str, timeout: float, pool: int, user_agent: str):
        self._wire = Wire(
            base_url, username=username, password=password, user_agent=user_agent, timeout=timeout, pool=pool
        )
        keys = (username, password, basic_credentials(username, password).rstrip("="))
        super().__init__({key: "[key]" for key in keys if key})

    @classmethod
    def accepts(cls, account: Account) -> None:
        """Raise AccountError where an account's host, keys or site cannot be right for this vendor."""
        variable = f"VENDOR_{account.name.upper()}"
        if account.options.tls == "on" and account.host not in cls.hosts:
            hosts = ", ".join(sorted(cls.hosts))
            raise AccountError(f"{variable} names a host that is none of {cls.label}'s: {hosts}.")
        if account.options.mode not in cls.modes:
            raise AccountError(f"{variable}: {cls.label} knows no mode={account.options.mode}.")
        if len(account.keys) != cls.keys_needed:
            raise AccountError(f"{variable} holds {len(account.keys)} keys where {cls.label} needs {cls.keys_needed}.")
        if bool(account.site) != cls.site_needed:
            need = "needs a site after the host" if cls.site_needed else "takes no path after the host"
            raise AccountError(f"{variable}: {cls.label} {need}.")

    @classmethod
    def connect(cls, account: Account) -> Self:
        """Open a client for an account; the caller closes it."""
        raise NotImplementedError

    def erase(self, kind: str, value: str, *, attempt: UUID) -> Receipt:
        """Ask once for the erasure of one identifier. A Receipt is queued work; all else raises a VendorError."""
        raise NotImplementedError

    @classmethod
    def erases_at_once(cls, options: Options) -> int | None:
        """Return how many records one deletion takes at most, where an identifier may have more of them; None: all."""
        return None

    def erase_customer(self, customer_id: str, *, attempt: UUID) -> Receipt:
        """Ask once for the erasure of one record among several with the same address; see erase."""
        raise NotImplementedError

    def look(self, kind: str, value: str) -> Look:
        """Read what is held, by POST never. No profiles is surely absent; any doubt raises a VendorError."""
        raise NotImplementedError

    def look_by_uuid(self, uuid: str) -> Look:
        """Read one record by the vendor's own id; see look."""
        raise NotImplementedError

    def check(self) -> None:
        """Read for a person who cannot exist: returns if the key works, else raises a VendorError."""
        self.look("email", PROBE_ADDRESS)

    def close(self) -> None:
        self._wire.close()

    @staticmethod
    def _require(kind: str, kinds: frozenset[str]) -> None:
        if kind not in kinds:
            raise ValueError(f"This call takes {', '.join(sorted(kinds))}, not {kind}.")

    @staticmethod
    def _marks(attempt: UUID) -> dict[str, str]:
        """Name an attempt on the wire. No vendor documents either header; both can be searched for in their logs."""
        return {"X-Request-Id": str(attempt), "Idempotency-Key": str(attempt)}
