from datetime import timedelta
from typing import Self
from uuid import UUID

from apps.vendors.accounts import Account, Options

from .answers import Look, Receipt
from .bento_judge import BentoJudge
from .bento_lookups import BentoLookups
from .bento_subscribers import BentoSubscribers
from .client import USER_AGENT, Offer, VendorClient
from .replies import claims_failure


class BentoClient(BentoJudge, VendorClient):
    """One Bento site (docs/vendors/bento.md). Bento anonymizes: its 202 promises a queue, never an erasure.

    `lookups` can only read, `subscribers` can only act: both share this client's connections.
    """

    name = "bento"
    hosts = frozenset({"app.bentonow.com"})
    erases = frozenset({"email"})
    looks_up = frozenset({"email"})
    looks_up_uuid = True  # only the address is cleared, so the record outlives a find by address
    keys_needed = 2
    site_needed = True
    offers = frozenset({Offer.FIND, Offer.SEARCH, Offer.IMPORT, Offer.CREATE, Offer.COMMAND})
    options = Options(
        per_day=1000,  # Bento: Data Deletion Requests, Rate Limit
        per_minute=55,  # under the lowest published figure, about 60 (bento-beyond-the-page 2)
        verify_after=(timedelta(minutes=15), timedelta(hours=6), timedelta(hours=48)),
    )

    def __init__(
        self,
        base_url: str,
        *,
        publishable_key: str,
        secret_key: str,
        site_uuid: str,
        timeout: float,
        pool: int,
        user_agent: str,
    ):
        """Basic auth is `publishable_key:secret_key`; a missing User-Agent is answered 403 (Bento: authentication)."""
        super().__init__(
            base_url, username=publishable_key, password=secret_key, timeout=timeout, pool=pool, user_agent=user_agent
        )
        self._site = {"site_uuid": site_uuid}
        self.lookups = BentoLookups(self._wire.reader, site=self._site, keys=self._keys)
        self.subscribers = BentoSubscribers(self._wire.writer, site=self._site, keys=self._keys)

    @classmethod
    def connect(cls, account: Account) -> Self:
        publishable_key, secret_key = account.keys
        return cls(
            account.origin,
            publishable_key=publishable_key,
            secret_key=secret_key,
            site_uuid=account.site,
            timeout=account.options.timeout.total_seconds(),
            pool=account.options.concurrency,
            user_agent=USER_AGENT,
        )

    def erase(self, kind: str, value: str, *, attempt: UUID) -> Receipt:
        """Queue the anonymization of one address, spelled as given (Bento: Data Deletion Requests, Create Request).

        The page puts `site_uuid` into the form, the general conventions put it into every query: both are sent.
        """
        self._require(kind, self.erases)
        reply = self._wire.writer.post(
            "/api/v1/data_deletion_requests",
            query=self._site,
            form={**self._site, "data_deletion_request[email]": value},
            headers=self._marks(attempt),
        )
        return self._receipt(reply, value)

    def look(self, kind: str, value: str) -> Look:
        """Find a subscriber by address. Bento may tell capitals apart."""
        self._require(kind, self.looks_up)
        return self.lookups.by_email(value)

    def look_by_uuid(self, uuid: str) -> Look:
        """Find a subscriber by Bento's uuid."""
        return self.lookups.by_uuid(uuid)

    def _is_accepted(self, body: object, status: int) -> bool:
        """202 with exactly this status is the one documented success (Bento: Data Deletion Requests, Responses)."""
        documented = isinstance(body, dict) and body.get("status") == "queued_for_anonymization"
        return status == 202 and documented and not claims_failure(body)
