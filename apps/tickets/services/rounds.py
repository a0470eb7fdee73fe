"""One bounded run of the watch for one account: what it works with, and when it has to stop."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from apps.jobs.lifeline import must_stop
from apps.tickets.models import Watch
from apps.vendors.clients.client import VendorClient
from apps.vendors.models import VendorAccount
from apps.vendors.services.heeding import hear, heed
from apps.vendors.services.pacing import OwnPace, reserve_looks

from .claiming import Worker

NAP = 0.25  # seconds between two questions for a per-minute slot
Clock = Callable[[], datetime]


class TurnLost(Exception):
    """Another run has taken the row: whatever this one was about to write is not written."""


@dataclass
class Round:
    """Who works, on which row, with which client, and until when on the monotonic clock."""

    worker: Worker
    watch: Watch
    client: VendorClient
    clock: Clock
    ends: float
    began_at: datetime | None = None  # of the call whose slots were reserved last

    @property
    def account(self) -> VendorAccount:
        return self.worker.row

    @property
    def pace(self) -> OwnPace:
        return OwnPace(self.account, self.worker.account.options, self.clock)

    def write(self, **changes: object) -> None:
        """Write on the row while it is this run's; raises TurnLost, which undoes the deed around it."""
        if not Watch.objects.filter(pk=self.watch.pk, leased_until=self.watch.leased_until).update(**changes):
            raise TurnLost
        for name, value in changes.items():
            setattr(self.watch, name, value)

    def may_go_on(self) -> bool:
        """Ask the row each time: a person may have paused the account, or a vendor asked to wait."""
        row = VendorAccount.objects.get(pk=self.account.pk)
        return time.monotonic() < self.ends and not must_stop() and row.may_be_called(self.clock())

    def heed(self, answer: object, subject: str, *, at: datetime) -> None:
        """Let the account feel an answer; needs a deed."""
        heard = hear(answer, subject, began_at=self.began_at or at)
        heed(self.account, self.worker.account.options, heard, by=self.worker.by, at=at)

    def reserve(self, calls: int) -> bool:
        """Wait for the per-minute slots of some calls; False where the run is over before they are free."""
        while self.may_go_on():
            if self._reserve_now(calls):
                self.began_at = self.clock()
                return True
            time.sleep(NAP)
        return False

    @transaction.atomic
    def _reserve_now(self, calls: int) -> bool:
        return reserve_looks(self.account, self.worker.account.options, wanted=calls, at=self.clock())
