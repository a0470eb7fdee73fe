"""What an approver reads about the day of each account before the click."""

import io

import pytest
from django.core.management import call_command

from apps.audit.actors import Actor
from apps.audit.findings import Findings, Profile
from apps.audit.services import seal_snapshot
from apps.tickets.models import Erasure
from apps.tickets.selectors.costs import costs_of, shown_before_approval
from apps.tickets.selectors.pages import load_erasures, load_ticket, ticket_page
from apps.tickets.services.approving import approve
from apps.vendors.models import Usage, VendorAccount
from apps.vendors.services.accounts import pause
from tests.tickets.desk import URLS, only

pytestmark = pytest.mark.django_db


@pytest.fixture
def keys(settings):
    """Give this host the keys, with three deletions a day at Bento."""
    settings.VENDOR_SECRET_URLS = {"bento": URLS["bento"] + "&per_day=3", "blueshift": URLS["blueshift"]}


def use_up(sends: int, now) -> None:
    Usage.objects.create(account=VendorAccount.objects.get(name="bento"), minute=now, sends=sends)


def test_each_account_says_what_its_day_still_takes(keys, ticket, now):
    use_up(1, now)

    assert [cost.sentence for cost in costs_of(load_erasures(ticket), now)] == [
        "1 deletion at Bento (bento); 2 of 3 a day are left.",
        "1 deletion at Blueshift (blueshift); no limit a day.",
    ]


def test_a_used_up_day_says_when_the_next_deletion_fits(keys, bob, ticket, now):
    approve(only(ticket), sources_paused="none", by=Actor.page(bob), at=now)
    use_up(3, now)

    page = ticket_page(load_ticket(ticket.pk), now)

    assert page.costs[0].slot_at
    assert "only 0 of 3 a day are left; the next one fits at" in page.waits[0]


def test_a_paused_account_is_named_before_the_click(keys, ticket, now):
    pause(VendorAccount.objects.get(name="bento"), "key_refused", by=Actor.worker(), at=now)

    cost = costs_of(load_erasures(ticket), now)[0]

    assert (cost.sentence, cost.tone) == ("1 deletion at Bento (bento); paused: key refused.", "bad")


def test_a_host_without_the_keys_says_so(ticket, now):
    assert "this host holds no key for it" in costs_of(load_erasures(ticket), now)[0].sentence


def test_every_round_counts_as_a_deletion(keys, ticket, now):
    Erasure.objects.filter(account__name="bento").update(requests_needed=3)

    [cost, _] = costs_of(load_erasures(ticket), now)

    assert cost.sentence == "3 deletions at Bento (bento); 3 of 3 a day are left."
    assert shown_before_approval(only(ticket), now).costs[0] == cost


def test_hardly_anybody_found_asks_for_the_right_site(keys, opened, now):
    tickets = [opened(f"person{number}@example.org") for number in range(12)]
    for number, erasure in enumerate(Erasure.objects.filter(account__name="bento").select_related("ticket", "account")):
        looked_at(erasure, now, found=number == 0)

    [site] = shown_before_approval(only(*tickets), now).sites

    assert (site.name, site.looked_up, site.found, site.is_odd) == ("bento", 12, 1, True)


@pytest.mark.parametrize(("number", "is_odd"), [(4, False), (5, True), (8, True)])
def test_nobody_found_asks_for_the_right_site_from_five_on(keys, opened, now, number, is_odd):
    tickets = [opened(f"person{each}@example.org") for each in range(number)]
    for erasure in Erasure.objects.filter(account__name="bento").select_related("ticket", "account"):
        looked_at(erasure, now, found=False)

    [site] = shown_before_approval(only(*tickets), now).sites

    assert (site.looked_up, site.found, site.is_odd) == (number, 0, is_odd)


def test_the_command_warns_where_hardly_anybody_is_known(keys, opened, bob, now):
    for each in range(5):
        opened(f"person{each}@example.org")
    for erasure in Erasure.objects.filter(account__name="bento").select_related("ticket", "account"):
        looked_at(erasure, now, found=False)
    err = io.StringIO()

    call_command("approve_tickets", "--as", "bob", "--all", "--sources-paused", stdout=io.StringIO(), stderr=err)

    assert err.getvalue() == "Warning: bento: Looked up 5, found 0: is this the right site?\n"


def looked_at(erasure: Erasure, now, *, found: bool) -> None:
    profiles = (Profile("u-1", None, None, False, None, (), {}, None, True),) if found else ()
    findings = Findings(profiles, b"{}")
    snapshot = seal_snapshot(erasure.subject, moment="before", findings=findings, by=Actor.worker(), at=now)
    Erasure.objects.filter(pk=erasure.pk).update(before=snapshot)


def test_many_tickets_are_added_up(keys, ticket, opened, now):
    shown = shown_before_approval(only(ticket, opened("bea@example.org")), now)

    assert (shown.tickets, shown.erasures, shown.looked_at, shown.unseen, shown.found) == (2, 4, 0, 4, 0)
    assert shown.costs[0].sentence == "2 deletions at Bento (bento); 3 of 3 a day are left."
