"""The people at the desk, at random: they open, approve in bulk, cancel, hold, stop, retry, pause and resume."""

import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from django.contrib.auth.models import User
from django.db.models import QuerySet

from apps.audit.actors import Actor
from apps.audit.services import deed
from apps.jobs.services import ring
from apps.tickets.errors import TicketError
from apps.tickets.models import DeletionTicket, Erasure
from apps.tickets.models.ticket import IdentityBasis, SourcesPaused
from apps.tickets.objections import to_retry
from apps.tickets.requests import Request
from apps.tickets.services.approving import approve
from apps.tickets.services.deciding import cancel, deny, hold, release
from apps.tickets.services.handling import close, look_now, retry, stop_rest
from apps.tickets.services.opening import open_ticket
from apps.tickets.states import AT_THE_VENDORS, BEFORE_ANY_SEND, DenialCode, TicketStatus
from apps.vendors.models import VendorAccount
from apps.vendors.services.accounts import pause, resume
from tests.sandbox_process import ask

AT_ONCE = 20  # people who write in together
ENOUGH = 40  # erasures that wait for a worker: then nobody new comes
FEW, BETWEEN = 3, 4
MOST_AT_BENTO = 3  # days of its quota: what waits beyond would only lengthen the end
MOSTLY, SELDOM = 0.9, 0.05
PAUSE = 0.15
REASON = "as the storm has it"
WHERE = (("bento", "blueshift"), ("bento", "blueshift"), ("bento", "blueshift"), ("bento",), ("blueshift",), ())


class Desk:
    """Alice supports, Bob approves, Olga operates. ``done`` counts what they did."""

    def __init__(self, sandbox_port: int, chance: random.Random) -> None:
        self._port = sandbox_port
        self._chance = chance
        self._numbers = iter(range(1, 1_000_000))
        people = {user.get_username(): Actor.page(user) for user in User.objects.all()}
        self._alice, self._bob, self._olga = people["alice"], people["bob"], people["olga"]
        self.done: Counter[str] = Counter()

    def act_until(self, moment: float) -> None:
        while time.time() < moment:
            self._open_if_quiet()
            for act in self._chance.choices(list(ACTS), [weight for weight, _ in ACTS.values()], k=BETWEEN):
                self._do(act)
            ring("apps.tickets.tasks.sweep")
            time.sleep(PAUSE)

    def _do(self, name: str) -> None:
        """Act, and take a refusal as people do: somebody, or a worker, was faster."""
        try:
            self.done[name] += ACTS[name][1](self)
        except TicketError:
            self.done[f"{name} refused"] += 1

    def _open_if_quiet(self) -> None:
        waiting = Erasure.objects.open().filter(attention="", not_before__lte=_now(), account__paused_at=None)
        if waiting.filter(ticket__on_hold=False).exclude(account__name="bento").count() > ENOUGH:
            return
        numbers = [next(self._numbers) for _ in range(AT_ONCE)]
        self._let_vendors_know(numbers)
        by_address = self._has_room_at_bento()
        with deed():
            for number in numbers:
                self._open(number, by_address=by_address and self._chance.random() < MOSTLY)

    def _has_room_at_bento(self) -> bool:
        waiting = Erasure.objects.open().filter(account__name="bento").count()
        return waiting < MOST_AT_BENTO * VendorAccount.objects.get(name="bento").per_day

    def _open(self, number: int, *, by_address: bool) -> None:
        identifiers = {"email": _address(number)} if by_address else {"customer_id": _customer_id(number)}
        request = Request(identifiers, identity_basis=IdentityBasis.ELSEWHERE, urgent=self._chance.random() < SELDOM)
        open_ticket(request, by=self._alice, at=_now())
        self.done["open"] += 1

    def _let_vendors_know(self, numbers: list[int]) -> None:
        """Add each at both vendors, at one, or at none."""
        people = [_person(number, vendor) for number in numbers for vendor in self._chance.choice(WHERE)]
        ask(self._port, "POST", "people", {"people": people})

    def _some(self, tickets: QuerySet[DeletionTicket], number: int = FEW) -> QuerySet[DeletionTicket]:
        keys = list(tickets.order_by("-pk").values_list("pk", flat=True)[:200])
        return DeletionTicket.objects.filter(pk__in=self._chance.sample(keys, min(number, len(keys))))

    def _approve(self) -> int:
        waiting = DeletionTicket.objects.filter(status=TicketStatus.PENDING_APPROVAL)
        number = waiting.count()
        return number - len(approve(waiting, sources_paused=SourcesPaused.PAUSED, by=self._bob, at=_now()))

    def _cancel(self) -> int:
        return self._in_bulk(cancel, self._some(DeletionTicket.objects.filter(status__in=BEFORE_ANY_SEND), 1))

    def _deny(self) -> int:
        tickets = self._some(DeletionTicket.objects.filter(status=TicketStatus.PENDING_APPROVAL), 1)
        return self._in_bulk(partial(deny, code=DenialCode.OTHER), tickets)

    def _hold(self) -> int:
        return self._in_bulk(hold, self._some(DeletionTicket.objects.open().filter(on_hold=False)))

    def _release(self) -> int:
        held = self._some(DeletionTicket.objects.open().filter(on_hold=True))
        number = held.count()
        return number - len(release(held, by=self._bob, at=_now()))

    def _stop(self) -> int:
        return self._in_bulk(stop_rest, self._some(DeletionTicket.objects.filter(status__in=AT_THE_VENDORS), 1))

    def _in_bulk(self, act: Callable, tickets: QuerySet[DeletionTicket]) -> int:
        number = tickets.count()
        return number - len(act(tickets, text=REASON, by=self._bob, at=_now()))

    def _stuck(self) -> list[Erasure]:
        rows = Erasure.objects.open().exclude(attention="").select_related("ticket", "account")
        return list(rows.order_by("-pk")[:FEW])

    def _retry(self) -> int:
        again = [erasure for erasure in self._stuck() if not to_retry(erasure)]
        for erasure in again:
            retry(erasure, by=self._bob, at=_now())
        return len(again)

    def _close(self) -> int:
        stuck = self._stuck()[:1]
        for erasure in stuck:
            close(erasure, text=REASON, by=self._bob, at=_now())
        return len(stuck)

    def _look(self) -> int:
        tickets = list(self._some(DeletionTicket.objects.open(), 1))
        for ticket in tickets:
            look_now(ticket, by=self._bob, at=_now())
        return len(tickets)

    def _pause(self) -> int:
        account = self._chance.choice(list(VendorAccount.objects.order_by("name")))
        return pause(account, VendorAccount.Pause.BY_HAND, by=self._olga, at=_now())

    def _resume(self) -> int:
        paused = VendorAccount.objects.exclude(paused_at=None)
        return sum(resume(account, by=self._olga, at=_now()) for account in paused)


# By name: how often it is done, in parts of all acts, and what it is.
ACTS: dict[str, tuple[int, Callable[[Desk], int]]] = {
    "approve": (30, Desk._approve),
    "resume": (30, Desk._resume),
    "retry": (12, Desk._retry),
    "release": (10, Desk._release),
    "hold": (6, Desk._hold),
    "look": (4, Desk._look),
    "cancel": (4, Desk._cancel),
    "stop": (4, Desk._stop),
    "close": (3, Desk._close),
    "deny": (2, Desk._deny),
    "pause": (1, Desk._pause),
}


def act(seed: float, *, sandbox_port: int, until: float) -> Counter[str]:
    desk = Desk(sandbox_port, random.Random(seed))  # noqa: S311 - to be repeated, not to be secret
    desk.act_until(until)
    return desk.done


def _person(number: int, vendor: str) -> dict[str, str]:
    own = {"customer_id": _customer_id(number)} if vendor == "blueshift" else {}
    return {"vendor": vendor, "email": _address(number), **own}


def _address(number: int) -> str:
    return f"person{number}@example.com"


def _customer_id(number: int) -> str:
    return f"c-{number}"


def _now() -> datetime:
    return datetime.now(UTC)
