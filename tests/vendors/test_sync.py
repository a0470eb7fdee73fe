"""Accounts in the database say what the environment says, and pauses are people's."""

from datetime import timedelta

import pytest

from apps.audit.actors import Actor, NotAllowed
from apps.audit.models import AuditEvent
from apps.vendors.accounts import Account, parse_account
from apps.vendors.models import Lane, VendorAccount
from apps.vendors.selectors import option_defaults, paused_accounts
from apps.vendors.services import accounts
from tests.constants import NOW

OPERATOR = Actor.command(None)
WORKER = Actor.worker()
BENTO = "bento://pk:sk_secret@127.0.0.1:9/site?tls=off"
Pause = VendorAccount.Pause

pytestmark = pytest.mark.django_db


def account(name: str = "bento", options: str = "") -> Account:
    return parse_account(name, BENTO + options, defaults=option_defaults())


def sync(*wanted: Account, at=NOW) -> list[VendorAccount]:
    return accounts.sync_accounts(wanted, by=OPERATOR, at=at)


def bento() -> VendorAccount:
    return VendorAccount.objects.get(name="bento")


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
    assert list(paused_accounts()) == [bento()]


def test_resuming_forgets_waits_and_counters(olga):
    sync(account())
    accounts.pause(bento(), Pause.WRONG_ADDRESS, by=WORKER, at=NOW)
    VendorAccount.objects.update(wait_until=NOW, waits=3, misrouted=["DEL-1/bento/email"])

    assert accounts.resume(bento(), by=Actor.page(olga), at=NOW)
    assert not accounts.resume(bento(), by=Actor.page(olga), at=NOW)

    row = bento()
    assert (row.is_paused, row.wait_until, row.waits, row.misrouted) == (False, None, 0, [])
    assert actions()[1:] == ["account.paused", "account.resumed"]


def test_only_whoever_may_pauses_and_resumes(alice, bob, carol):
    sync(account())

    for person in (alice, bob, carol):
        with pytest.raises(NotAllowed):
            accounts.pause(bento(), Pause.BY_HAND, by=Actor.page(person), at=NOW)
        with pytest.raises(NotAllowed):
            accounts.resume(bento(), by=Actor.page(person), at=NOW)

    assert actions() == ["account.synced"]


def test_a_shorter_wait_never_replaces_a_longer_one():
    sync(account())

    for minutes in (5, 2):
        accounts.wait(bento(), until=NOW + timedelta(minutes=minutes))

    assert (bento().wait_until, bento().waits) == (NOW + timedelta(minutes=5), 1)


def test_backoff_grows_with_every_wait_and_heeds_the_vendor():
    sync(account())
    base = timedelta(minutes=1)
    assert accounts.busy_until(bento(), base=base, asked=None, at=NOW) == NOW + base

    VendorAccount.objects.update(waits=3)

    assert accounts.busy_until(bento(), base=base, asked=None, at=NOW) == NOW + 8 * base
    assert accounts.busy_until(bento(), base=base, asked=3600, at=NOW) == NOW + timedelta(hours=1)


def test_three_different_erasures_that_went_astray_pause_the_account():
    sync(account())

    for subject in ("DEL-1/bento/email", "DEL-1/bento/email", "DEL-2/bento/email"):
        accounts.note_misrouted(bento(), subject, by=WORKER, at=NOW)
    assert not bento().is_paused
    accounts.note_misrouted(bento(), "DEL-3/bento/email", by=WORKER, at=NOW)

    assert bento().pause_code == Pause.WRONG_ADDRESS


def test_a_documented_answer_between_them_starts_the_count_afresh():
    sync(account())
    for subject in ("DEL-1/bento/email", "DEL-2/bento/email"):
        accounts.note_misrouted(bento(), subject, by=WORKER, at=NOW)

    accounts.note_documented_answer(bento())
    accounts.note_misrouted(bento(), "DEL-3/bento/email", by=WORKER, at=NOW)

    assert not bento().is_paused
    assert bento().misrouted == ["DEL-3/bento/email"]
