from collections.abc import Callable, Mapping
from typing import ClassVar, Self
from uuid import UUID

from apps.vendors.accounts import Account, AccountError, Options

from .answers import Look, Profile, Receipt
from .errors import STOPPED_BEFORE_API, WORDS, Outcome, VendorError, error_class
from .http import Wire, basic_credentials
from .records import OddShape
from .replies import Reply
from .words import readable

USER_AGENT = "ComplianceConsole/1.0"  # Bento answers 403 to a missing or generic one
PROBE_ADDRESS = "key-check@compliance-console.invalid"  # RFC 2606: nobody can own it
_BY_CLASS = {3: Outcome.REDIRECTED, 4: Outcome.REJECTED, 5: Outcome.MAYBE_ARRIVED}


class VendorClient:
    """What all vendors' clients share: one try per call, a Receipt or Look for the documented answer, else an error.

    A subclass names its endpoints and its own reading of the numbers. One client serves up to `pool` threads.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    hosts: ClassVar[frozenset[str]]
    erases: ClassVar[frozenset[str]]
    looks_up: ClassVar[frozenset[str]]
    looks_up_uuid: ClassVar[bool]
    keys_needed: ClassVar[int]
    site_needed: ClassVar[bool] = False
    options: ClassVar[Options]
    statuses: ClassVar[Mapping[int, Outcome]]
    words: ClassVar[Mapping[Outcome, str]] = WORDS

    def __init__(self, base_url: str, *, username: str, password: str, timeout: float, pool: int, user_agent: str):
        self._wire = Wire(
            base_url, username=username, password=password, user_agent=user_agent, timeout=timeout, pool=pool
        )
        keys = (username, password, basic_credentials(username, password).rstrip("="))
        self._keys = {key: "[key]" for key in keys if key}

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    @classmethod
    def accepts(cls, account: Account) -> None:
        """Raise AccountError where an account's host, keys or site cannot be right for this vendor."""
        variable = f"VENDOR_{account.name.upper()}"
        if account.options.tls == "on" and account.host not in cls.hosts:
            hosts = ", ".join(sorted(cls.hosts))
            raise AccountError(f"{variable} names a host that is none of {cls.label}'s: {hosts}.")
        if len(account.keys) != cls.keys_needed:
            raise AccountError(f"{variable} holds {len(account.keys)} keys where {cls.label} needs {cls.keys_needed}.")
        if bool(account.site) != cls.site_needed:
            need = "needs a site after the host" if cls.site_needed else "takes no path after the host"
            raise AccountError(f"{variable}: {cls.label} {need}.")

    @classmethod
    def connect(cls, account: Account) -> Self:
        """Open a client for an account; the caller closes it."""
        raise NotImplementedError

    @classmethod
    def meaning(cls, outcome: Outcome, http_status: int | None = None, html: bool = False) -> str:
        """Say an outcome in the words of a ticket. The time of a next try is the caller's to add."""
        if outcome is Outcome.KEY_REFUSED and html:
            return STOPPED_BEFORE_API
        return cls.words[outcome]

    def erase(self, kind: str, value: str, *, attempt: UUID) -> Receipt:
        """Ask once for the erasure of one identifier. A Receipt is queued work; all else raises a VendorError."""
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

    def _is_accepted(self, body: object, status: int) -> bool:
        """Tell the documented success of a deletion, and nothing but that one."""
        raise NotImplementedError

    def _absence(self, reply: Reply) -> Outcome:
        """Read a complete 404 that is no web page: it may speak of the person, or of the path."""
        raise NotImplementedError

    def _is_absent(self, reply: Reply) -> bool:
        """Tell whether a look's 404 speaks of the person."""
        return self._verdict(reply) is Outcome.ABSENT

    def _receipt(self, reply: Reply, value: str) -> Receipt:
        if reply.lost or not self._is_accepted(reply.json, reply.status):
            raise self._error(self._verdict(reply), reply, value)
        return Receipt(reply.status, reply.request_id, self._readable(reply, value))

    def _look(self, reply: Reply, read: Callable[[object], tuple[Profile, ...]], value: str) -> Look:
        """Read a 200 with the vendor's reader, or a 404 that surely speaks of the person; raise for all else."""
        if reply.status == 404 and self._is_absent(reply):
            return Look((), reply.body, reply.status, reply.request_id)
        if reply.status != 200 or reply.json is None:
            raise self._error(self._verdict(reply), reply, value)
        try:
            return Look(read(reply.json), reply.body, reply.status, reply.request_id)
        except OddShape:
            raise self._error(Outcome.UNKNOWN, reply, value) from None

    def _verdict(self, reply: Reply) -> Outcome:
        """Judge everything but the documented success (design: "Answer to status")."""
        if reply.lost:
            return reply.lost
        if reply.is_success:
            return Outcome.HTML_SUCCESS if reply.is_html else Outcome.UNKNOWN
        if reply.status == 404:
            return self._judge_404(reply)
        return self.statuses.get(reply.status) or _BY_CLASS.get(reply.status // 100, Outcome.UNKNOWN)

    def _judge_404(self, reply: Reply) -> Outcome:
        if reply.is_html:
            return Outcome.WRONG_ADDRESS
        return self._absence(reply) if reply.whole else Outcome.UNKNOWN

    def _error(self, outcome: Outcome, reply: Reply, value: str) -> VendorError:
        meaning = self.meaning(outcome, reply.status, reply.is_html)
        return error_class(outcome)(
            f"{self.label} answered {reply.status}. {meaning}" if reply.status else f"{self.label}: {meaning}",
            outcome=outcome,
            http_status=reply.status,
            request_id=reply.request_id,
            words=self._readable(reply, value),
            retry_after=reply.retry_after,
            html=reply.is_html,
        )

    def _readable(self, reply: Reply, value: str) -> str:
        label = "[address]" if "@" in value else "[identifier]"
        return readable(reply, {**self._keys, value: label})

    @staticmethod
    def _require(kind: str, kinds: frozenset[str]) -> None:
        if kind not in kinds:
            raise ValueError(f"This call takes {', '.join(sorted(kinds))}, not {kind}.")

    @staticmethod
    def _marks(attempt: UUID) -> dict[str, str]:
        """Name an attempt on the wire. No vendor documents either header; both can be searched for in their logs."""
        return {"X-Request-Id": str(attempt), "Idempotency-Key": str(attempt)}
