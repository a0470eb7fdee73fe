"""Accounts in the database say what the environment says, and pauses are people's."""

from datetime import timedelta

import pytest

from apps.audit.actors import Actor, NotAllowed
from apps.audit.models import AuditEvent
from apps.vendors.accounts import Account, parse_account
from apps.vendors.models import Lane, VendorAccount
from apps.vendors.selectors import option_defaults, stopped_accounts
from apps.vendors.services import accounts
from tests.constants import NOW

OPERATOR = Actor.command(None)
WORKER = Actor.worker()
BENTO = "bento://pk:sk_secret@127.0.0.1:9/site?tls=off"
Pause = VendorAccount.Pause
MOMENTS = ("wait_until", "waiting_since", "day_closed_until", "broken_at", "probing_until")
COUNTERS = ("waits", "send_waits", "trips")
LISTS = ("failures", "misrouted", "disowned")

pytestmark = pytest.mark.django_db


def account(name: str = "bento", options: str = "") -> Account:
    return parse_account(name, BENTO + options, defaults=option_defaults())


def sync(*wanted: Account, at=NOW) -> list[VendorAccount]:
    return accounts.sync_accounts(wanted, by=OPERATOR, at=at)


def bento() -> VendorAccount:
    return VendorAccount.objects.get(name="bento")


def state_of_mind() -> dict[str, object]:
    return VendorAccount.objects.values(*MOMENTS, *COUNTERS, *LISTS).get(name="bento")


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("seq").values_list("action", flat=True))


def test_it_mirrors_limits_and_no_key():
    sync(account(options="&per_day=500"))

    row = bento()
    assert (row.vendor, row.host, row.site, row.per_day, row.per_minute) == ("bento", "127.0.0.1", "site", 500, 55)
    assert "sk_secret" not in str(VendorAccount.objects.values())
    assert b"sk_secret" not in bytes(AuditEvent.objects.get().body)


def test_the_same_again_is_no_event():
    sync(account())
    sync(account(), at=NOW + timedelta(hours=1))

    assert actions() == ["account.synced"]
    assert bento().synced_at == NOW + timedelta(hours=1)


def test_a_change_is_an_event():
    sync(account())
    sync(account(options="&per_day=500"))

    assert actions() == ["account.synced", "account.synced"]


def test_an_account_that_is_gone_stays_for_history_and_comes_back_with_its_name():
    sync(account(), account("other"))
    sync(account("other"))
    assert not bento().is_active
    assert actions()[-1] == "account.retired"

    sync(account(), account("other"))

    assert bento().is_active


def test_lanes_follow_the_variable():
    sync(account(options="&lanes=3"))
    assert Lane.objects.count() == 3

    sync(account(options="&lanes=1"))

    assert list(Lane.objects.values_list("number", flat=True)) == [1]


def test_a_pause_survives_a_sync():
    sync(account())
    accounts.pause(bento(), Pause.KEY_REFUSED, by=WORKER, at=NOW)

    sync(account(options="&per_day=2"))

    assert bento().is_paused


def test_the_first_pause_counts(olga):
    sync(account())

    assert accounts.pause(bento(), Pause.KEY_REFUSED, by=WORKER, at=NOW)
    assert not accounts.pause(bento(), Pause.BY_HAND, by=Actor.page(olga), at=NOW)

    assert (bento().pause_code, bento().paused_by) == (Pause.KEY_REFUSED, None)
    assert actions() == ["account.synced", "account.paused"]
    assert list(stopped_accounts()) == [bento()]


def test_resuming_forgets_waits_and_counters(olga):
    sync(account())
    accounts.pause(bento(), Pause.WRONG_ADDRESS, by=WORKER, at=NOW)
    fresh = state_of_mind()
    VendorAccount.objects.update(
        **dict.fromkeys(MOMENTS, NOW), **dict.fromkeys(COUNTERS, 3), **dict.fromkeys(LISTS, ["DEL-1/bento/email"])
    )

    assert accounts.resume(bento(), by=Actor.page(olga), at=NOW)
    assert not accounts.resume(bento(), by=Actor.page(olga), at=NOW)

    assert not bento().is_paused
    assert state_of_mind() == fresh
    assert bento().to_ask_again == []
    assert actions()[1:] == ["account.paused", "account.resumed"]


def test_resuming_remembers_whom_a_wrong_site_had_denied(olga):
    sync(account())
    denied = [f"DEL-{number}/bento/email" for number in range(20)]
    VendorAccount.objects.update(disowned=denied)
    accounts.pause(bento(), Pause.BY_HAND, by=WORKER, at=NOW)

    accounts.resume(bento(), by=Actor.page(olga), at=NOW)

    assert (bento().to_ask_again, bento().disowned) == (denied, [])


def test_only_whoever_may_pauses_and_resumes(alice, bob, carol):
    sync(account())

    for person in (alice, bob, carol):
        with pytest.raises(NotAllowed):
            accounts.pause(bento(), Pause.BY_HAND, by=Actor.page(person), at=NOW)
        with pytest.raises(NotAllowed):
            accounts.resume(bento(), by=Actor.page(person), at=NOW)

    assert actions() == ["account.synced"]
