from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from .answers import Look, Profile, SearchPage
from .bento_judge import BentoJudge, profile, profiles
from .errors import Outcome, VendorUnavailable
from .http import Reader
from .records import OddShape
from .replies import Reply, claims_failure

PAGE_SIZE = 100
_NOT_FOR_THIS_PLAN = frozenset({402, 403, 404, 405, 501})


@dataclass(frozen=True)
class Span:
    """A stretch of time, open at both ends and without either moment itself. Moments carry a zone."""

    gt: datetime | None = None
    lt: datetime | None = None


@dataclass(frozen=True)
class Search:
    """The filters of a search, named as Bento's page names them; an empty one filters nothing."""

    tags: tuple[str, ...] = ()
    tag_names: tuple[str, ...] = ()
    tag_ids: tuple[str, ...] = ()
    created_at: Span = Span()
    updated_at: Span = Span()
    last_event_at: Span = Span()
    unsubscribed_at: Span = Span()


class BentoLookups(BentoJudge):
    """Everything that reads subscribers. It is given a Reader alone.

    A POST on the very path of a find creates the person (Bento: Subscribers, Create Subscriber), and nothing in here
    can send one.
    """

    def __init__(self, reader: Reader, *, site: Mapping[str, str], keys: Mapping[str, str]):
        super().__init__(keys)
        self._reader = reader
        self._site = site

    def by_email(self, email: str) -> Look:
        """Find by address (Bento: Subscribers, Find Subscriber). Bento may tell capitals apart."""
        return self._find({"email": email})

    def by_uuid(self, uuid: str) -> Look:
        """Find by Bento's own id, "in place of email address" (Bento: Subscribers, Find Subscriber)."""
        return self._find({"uuid": uuid})

    def search(self, search: Search, *, page: int) -> SearchPage:
        """Read one page, the first is 1 (Bento: Subscribers, Search Subscribers).

        Raises VendorUnavailable where the plan has no search. Filters go into the query, as the page reads; an older
        page had them in the body of the GET, and Rails joins both (bento-beyond-the-page 1.2).
        """
        if page < 1:
            raise ValueError("Pages start at 1.")
        reply = self._reader.get("/api/v1/fetch/search", query={"page": str(page), **_filters(search), **self._site})
        if reply.status in _NOT_FOR_THIS_PLAN and not reply.is_html:
            raise self._unavailable(reply)
        return self._page(reply, page)

    def _find(self, who: Mapping[str, str]) -> Look:
        reply = self._reader.get("/api/v1/fetch/subscribers", query={**who, **self._site})
        return self._look(reply, profiles, *who.values())

    def _page(self, reply: Reply, number: int) -> SearchPage:
        if reply.status != 200 or reply.json is None:
            raise self._error(self._verdict(reply), reply)
        try:
            found = _found(reply.json)
        except OddShape:
            raise self._error(Outcome.UNKNOWN, reply) from None
        return SearchPage(found, number, len(found) < PAGE_SIZE, reply.status, reply.request_id)

    def _unavailable(self, reply: Reply) -> VendorUnavailable:
        return VendorUnavailable(
            f"{self.label} answered {reply.status}. Search is not available to this account.",
            outcome=Outcome.REJECTED,
            http_status=reply.status,
            request_id=reply.request_id,
            words=self._readable(reply),
        )


def _found(body: object) -> tuple[Profile, ...]:
    """Read a page. Nobody is an empty list: a missing one could be a refusal in a shape nobody has seen."""
    if not isinstance(body, dict) or not isinstance(body.get("data"), list) or claims_failure(body):
        raise OddShape("A search answers a list under data.")
    return tuple(profile(visitor) for visitor in body["data"])


def _filters(search: Search) -> dict[str, str | Sequence[str]]:
    """Name arrays and objects in the query as Rails reads them: `tags[]=a`, `updated_at[gt]=…`."""
    query: dict[str, str | Sequence[str]] = {}
    for name in (field.name for field in fields(search)):
        query.update(_filter(name, getattr(search, name)))
    return query


def _filter(name: str, wanted: Span | tuple[str, ...]) -> dict[str, str | Sequence[str]]:
    if not isinstance(wanted, Span):
        return {f"{name}[]": wanted} if wanted else {}
    limits = {"gt": wanted.gt, "lt": wanted.lt}
    return {f"{name}[{key}]": at.astimezone(UTC).isoformat() for key, at in limits.items() if at is not None}
