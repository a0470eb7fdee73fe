from collections.abc import Callable, Mapping
from typing import ClassVar

from .answers import Look, Profile, Receipt
from .errors import STOPPED_BEFORE_API, WORDS, Outcome, VendorError, error_class
from .records import OddShape
from .replies import Reply
from .words import readable

_BY_CLASS = {3: Outcome.REDIRECTED, 4: Outcome.REJECTED, 5: Outcome.MAYBE_ARRIVED}


class Judge:
    """What one vendor's replies mean. It holds no connection, so it can send nothing.

    A subclass names its own reading of the numbers; `keys` are what no words may repeat, with their labels.
    """

    label: ClassVar[str]
    statuses: ClassVar[Mapping[int, Outcome]]
    words: ClassVar[Mapping[Outcome, str]] = WORDS

    def __init__(self, keys: Mapping[str, str]):
        self._keys = keys

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    @classmethod
    def meaning(cls, outcome: Outcome, http_status: int | None = None, html: bool = False) -> str:
        """Say an outcome in the words of a ticket. The time of a next try is the caller's to add."""
        if outcome is Outcome.KEY_REFUSED and html:
            return STOPPED_BEFORE_API
        return cls.words[outcome]

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

    def _error(self, outcome: Outcome, reply: Reply, *values: str) -> VendorError:
        """Make the error of an outcome; `values` are what its words must not repeat."""
        meaning = self.meaning(outcome, reply.status, reply.is_html)
        return error_class(outcome)(
            f"{self.label} answered {reply.status}. {meaning}" if reply.status else f"{self.label}: {meaning}",
            outcome=outcome,
            http_status=reply.status,
            request_id=reply.request_id,
            words=self._readable(reply, *values),
            retry_after=reply.retry_after,
            html=reply.is_html,
        )

    def _readable(self, reply: Reply, *values: str) -> str:
        hidden = {value: "[address]" if "@" in value else "[identifier]" for value in values}
        return readable(reply, {**self._keys, **hidden})
