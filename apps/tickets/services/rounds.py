"""One bounded run of the watch for one account: what it works with, and when it has to stop."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from apps.tickets.models import Watch
from apps.vendors.clients.client import VendorClient
from apps.vendors.models import VendorAccount
from apps.vendors.services.quota import reserve_looks

from .claiming import Worker

NAP = 0.25  # seconds between two questions for a per-minute slot
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Round:
    """Who works, on which row, with which client, and until when on the monotonic clock."""

    worker: Worker
    watch: Watch
    client: VendorClient
    clock: Clock
    ends: float

    @property
    def account(self) -> VendorAccount:
        return self.worker.row

    def may_go_on(self) -> bool:
        """Ask the row each time: a person may have paused the account, or a vendor asked to wait."""
        row = VendorAccount.objects.get(pk=self.account.pk)
        waits = row.is_paused or (row.wait_until is not None and row.wait_until > self.clock())
        return time.monotonic() < self.ends and not waits

    def reserve(self, calls: int) -> bool:
        """Wait for the per-minute slots of some calls; False where the run is over before they are free."""
        while self.may_go_on():
            if self._reserve_now(calls):
                return True
            time.sleep(NAP)
        return False

    @transaction.atomic
    def _reserve_now(self, calls: int) -> bool:
        return reserve_looks(self.account, self.worker.account.options, wanted=calls, at=self.clock())
