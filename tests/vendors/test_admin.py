"""The pages of vendor accounts: to read, and for Operators to pause, resume and check."""

from datetime import timedelta

import pytest
from django.urls import reverse

from apps.audit.actors import Actor
from apps.audit.models import AuditEvent
from apps.tickets.services.deciding import cancel
from apps.vendors.models import Usage, VendorAccount
from apps.vendors.selectors import configured_accounts
from apps.vendors.services.accounts import pause, resume, sync_accounts
from tests.constants import NOW
from tests.tickets.desk import only, opened_by

LIST = reverse("admin:vendors_vendoraccount_changelist")
INDEX = reverse("admin:index")
WORKER = Actor.worker()

pytestmark = pytest.mark.django_db


@pytest.fixture
def bento(settings, sandbox) -> VendorAccount:
    settings.VENDOR_SECRET_URLS = {"bento": sandbox.bento_url}
    return sync_accounts(configured_accounts(), by=WORKER, at=NOW)[0]


def page(account: VendorAccount) -> str:
    return reverse("admin:vendors_vendoraccount_change", args=[account.pk])


def deed(account: VendorAccount, name: str) -> str:
    return reverse("admin:vendors_vendoraccount_act", args=[account.pk, name])


def last_action() -> str:
    return AuditEvent.objects.latest("seq").action


def test_the_list_and_the_page_say_what_is_left_of_the_day(client, alice, bento):
    VendorAccount.objects.update(per_day=1000)
    client.force_login(alice)

    listing, shown = client.get(LIST).text, client.get(page(bento)).text

    assert "1,000 of 1,000" in listing
    assert "Working" in listing
    assert "VENDOR_BENTO" in shown
    assert "127.0.0.1" in shown


def test_a_full_day_names_the_next_free_slot(client, alice, bento, settings, sandbox):
    settings.VENDOR_SECRET_URLS = {"bento": f"{sandbox.bento_url}&per_day=10"}
    Usage.objects.create(account=bento, minute=NOW.replace(year=2125), sends=10)
    client.force_login(alice)

    shown = client.get(page(bento)).text

    assert "2 Jun 2125, 12:01" in shown


def test_no_page_shows_a_key(client, olga, bento, settings):
    client.force_login(olga)
    keys = configured_accounts()[0].keys

    texts = [client.get(LIST).text, client.get(page(bento)).text, client.post(deed(bento, "check"), follow=True).text]

    assert [key for key in keys for text in texts if key in text] == []


def test_pause_and_resume_are_events(client, olga, bento):
    client.force_login(olga)

    paused = client.post(deed(bento, "pause"), follow=True).text
    assert "Paused by hand" in paused
    assert "by olga" in paused
    assert last_action() == "account.paused"

    resumed = client.post(deed(bento, "resume"), follow=True).text
    assert "Working" in resumed
    assert last_action() == "account.resumed"


def test_a_second_pause_changes_nothing(client, olga, bento):
    pause(bento, VendorAccount.Pause.KEY_REFUSED, by=WORKER, at=NOW)
    client.force_login(olga)

    answer = client.post(deed(bento, "pause"), follow=True).text

    assert "It was paused already." in answer
    assert VendorAccount.objects.get().pause_code == "key_refused"


def test_resuming_what_works_is_said_to_be_needless(client, olga, bento):
    client.force_login(olga)

    assert "It was not paused." in client.post(deed(bento, "resume"), follow=True).text


def test_a_check_says_that_the_key_works_and_deletes_nothing(client, olga, bento, sandbox):
    client.force_login(olga)

    answer = client.post(deed(bento, "check"), follow=True).text

    assert "the key works." in answer
    assert last_action() == "account.checked"
    assert sandbox.deletions() == []
    assert not Usage.objects.exists()


def test_a_check_says_in_words_that_the_key_is_refused(client, olga, bento, sandbox):
    sandbox.fault(vendor="bento", status=401)
    client.force_login(olga)

    answer = client.post(deed(bento, "check"), follow=True).text

    assert "the key is refused" in answer
    assert AuditEvent.objects.latest("seq").entry["facts"] == {"works": False}


def test_a_check_of_an_account_that_this_host_does_not_know_says_so(client, olga, bento, settings):
    settings.VENDOR_SECRET_URLS = {}
    client.force_login(olga)

    assert "is not set on this host" in client.post(deed(bento, "check"), follow=True).text


def test_the_page_keeps_what_the_last_check_said(client, olga, bento, sandbox):
    client.force_login(olga)
    sandbox.fault(status=401)
    assert "never" in client.get(page(bento)).text

    client.post(deed(bento, "check"))

    shown = client.get(page(bento)).text
    assert "The key is refused." in shown
    assert "failed</span>" in shown


def test_an_account_whose_check_failed_is_resumed_only_by_whoever_means_it(client, olga, bento, sandbox):
    pause(bento, "key_refused", by=WORKER, at=NOW)
    client.force_login(olga)
    sandbox.fault(status=401)
    client.post(deed(bento, "check"))

    answer = client.post(deed(bento, "resume"), follow=True).text

    assert "Not resumed. The last check of bento said: the key is refused." in answer
    assert 'name="despite_check"' in answer
    assert VendorAccount.objects.get().is_paused
    client.post(deed(bento, "resume"), {"despite_check": "yes"})
    assert not VendorAccount.objects.get().is_paused


def test_a_check_that_works_asks_nothing_before_resuming(client, olga, bento, sandbox):
    pause(bento, "key_refused", by=WORKER, at=NOW)
    client.force_login(olga)
    client.post(deed(bento, "check"))

    client.post(deed(bento, "resume"))

    assert not VendorAccount.objects.get().is_paused


@pytest.mark.parametrize("role", ["alice", "bob", "carol"])
@pytest.mark.parametrize("name", ["pause", "resume", "check"])
def test_only_operators_act(client, bento, role, name, request):
    client.force_login(request.getfixturevalue(role))
    before = AuditEvent.objects.count()

    shown = client.get(page(bento)).text
    answer = client.post(deed(bento, name))

    assert "Check now" not in shown
    assert answer.status_code == 403
    assert AuditEvent.objects.count() == before


def test_deeds_come_by_post_and_by_known_names(client, olga, bento):
    client.force_login(olga)

    assert client.get(deed(bento, "pause")).status_code == 405
    assert client.post(deed(bento, "delete")).status_code == 404


def test_nobody_edits_an_account(client, olga, bento):
    client.force_login(olga)

    client.post(page(bento), {"name": "other"})

    assert client.get(reverse("admin:vendors_vendoraccount_add")).status_code == 403
    assert client.post(reverse("admin:vendors_vendoraccount_delete", args=[bento.pk])).status_code == 403
    assert VendorAccount.objects.get().name == "bento"


@pytest.mark.parametrize("query", ["host__startswith=1", "misrouted__contains=D", "paused_by__password__startswith=a"])
def test_a_column_cannot_be_guessed_through_the_address_line(client, olga, bento, query):
    client.force_login(olga)

    assert client.get(f"{LIST}?{query}").status_code in {302, 400}


def test_a_paused_account_is_told_on_every_page(client, alice, bento):
    pause(bento, VendorAccount.Pause.KEY_REFUSED, by=WORKER, at=NOW)
    client.force_login(alice)

    texts = [client.get(url).text for url in (INDEX, LIST, reverse("admin:tickets_deletionticket_add"))]

    assert all("bento is paused since 1 Jun, 12:00 by the console: Key refused." in text for text in texts)
    assert all("Put a working key into the environment" in text for text in texts)


def test_the_banner_goes_with_the_pause_and_never_shows_to_strangers(client, olga, bento):
    pause(bento, VendorAccount.Pause.BY_HAND, by=WORKER, at=NOW)
    assert "is paused" not in client.get(reverse("admin:login")).text

    resume(bento, by=Actor.page(olga), at=NOW)
    client.force_login(olga)

    assert "is paused" not in client.get(INDEX).text


def test_a_busy_vendor_is_no_alarm(client, alice, bento):
    VendorAccount.objects.update(wait_until=NOW.replace(year=2125) + timedelta(minutes=5))
    client.force_login(alice)

    shown = client.get(page(bento)).text

    assert "Busy until" in shown
    assert "is paused" not in shown


def test_a_check_counts_as_a_look_of_the_minute(client, olga, bento, settings, sandbox):
    settings.VENDOR_SECRET_URLS = {"bento": f"{sandbox.bento_url}&per_minute=1"}
    client.force_login(olga)

    first = client.post(deed(bento, "check"), follow=True).text
    second = client.post(deed(bento, "check"), follow=True).text

    assert "the key works" in first
    assert "takes one call at a time, then one every 62.0 seconds (1 a minute): none is free at this moment" in second


def test_the_list_counts_the_erasures_of_open_tickets_only(client, alice, bento):
    kept, called_off = (opened_by(alice, email=email) for email in ("ann@example.org", "bea@example.org"))
    cancel(only(called_off), text="typo", by=Actor.page(alice), at=NOW)
    client.force_login(alice)

    listing = client.get(LIST).text

    assert "1 open" in listing
    assert kept.erasures.count() == 1


@pytest.mark.parametrize(
    "state",
    [
        {"wait_until": NOW.replace(year=2125)},
        {"day_closed_until": NOW.replace(year=2125)},
        {"is_active": False},
        {"broken_at": NOW},
        {"paused_at": NOW, "pause_code": "by_hand"},
    ],
)
def test_the_page_tells_each_state_in_sentences_with_one_full_stop(client, alice, bento, state):
    VendorAccount.objects.update(**state)
    client.force_login(alice)

    assert ".." not in client.get(page(bento)).text
