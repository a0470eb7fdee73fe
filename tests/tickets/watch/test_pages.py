"""The pages of people who came back: one click each, and the rights of each role."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse

from apps.audit.models import AuditEvent
from apps.suppression.models import SuppressionEntry
from apps.tickets.models import DeletionTicket, Reappearance, Watch
from tests.tickets.builders import ADA
from tests.tickets.watch.conftest import ALAN

LIST = reverse("admin:tickets_reappearance_changelist")


def page_of(row, verb="change"):
    return reverse(f"admin:tickets_reappearance_{verb}", args=[row.pk])


@pytest.fixture
def enter(client):
    def as_user(user):
        client.force_login(user)
        return client

    return as_user


def test_the_list_shows_what_is_to_be_decided_and_how_the_watch_does(row, enter, carol):
    Watch.objects.update(failure="HTTP 500")

    page = enter(carol).get(LIST)

    assert "a•••@e•••.com" in page.text
    assert "To be decided" in page.text
    assert "The last sweep failed: HTTP 500." in page.text
    assert ALAN not in page.text


def test_the_page_says_what_was_lost(row, enter, alice):
    page = enter(alice).get(page_of(row))

    assert "Was unsubscribed before the deletion, and is not any more" in page.text
    assert row.new_uuid in page.text
    assert row.old_uuid in page.text
    assert ALAN not in page.text


def test_support_may_say_reimported_and_not_by_choice(row, enter, alice):
    page = enter(alice).get(page_of(row))

    assert page_of(row, "reimported") in page.text
    assert page_of(row, "by-choice") not in page.text
    assert enter(alice).post(page_of(row, "by-choice"), {"text": "A new order."}).status_code == 403
    assert SuppressionEntry.objects.get().is_live


def test_an_auditor_reads_only(row, enter, carol):
    page = enter(carol).get(page_of(row))

    assert page_of(row, "reimported") not in page.text
    answer = enter(carol).post(page_of(row, "reimported"), {"source": "import", "text": "A file."})
    assert answer.status_code == 403


def test_one_click_opens_the_follow_up(row, enter, alice):
    answer = enter(alice).post(page_of(row, "reimported"), {"source": "import", "text": "A file."}, follow=True)

    follow_up = DeletionTicket.objects.latest("pk")
    assert answer.redirect_chain[-1][0] == reverse("admin:tickets_deletionticket_change", args=[follow_up.pk])
    assert follow_up.predecessor == row.ticket
    assert "internal target" in answer.text
    assert "Own initiative" in answer.text


def test_one_click_accepts_the_return(row, enter, bob):
    answer = enter(bob).post(page_of(row, "by-choice"), {"text": "Signed up again."}, follow=True)

    assert "is no longer blocked" in answer.text
    assert "Signed up again." in answer.text
    assert not SuppressionEntry.objects.get().is_live


def test_a_click_without_words_asks_for_them(row, enter, bob):
    answer = enter(bob).post(page_of(row, "by-choice"), {"text": ""})

    assert "This field is required." in answer.text
    assert Reappearance.objects.get().is_open


def test_a_second_click_is_told_that_it_came_late(row, enter, bob):
    enter(bob).post(page_of(row, "by-choice"), {"text": "Signed up again."})

    answer = enter(bob).post(page_of(row, "reimported"), {"source": "other", "text": "No."}, follow=True)

    assert "Somebody has decided this before." in answer.text
    assert DeletionTicket.objects.count() == 1


def test_opening_what_was_seen_is_an_event(row, enter, bob, alice):
    answer = enter(bob).post(page_of(row, "evidence"))

    assert ALAN in answer.text
    assert AuditEvent.objects.latest("seq").action == "reappearance.viewed"
    assert enter(alice).post(page_of(row, "evidence")).status_code == 403


def test_the_closed_ticket_links_to_what_came_back(row, enter, alice):
    page = enter(alice).get(reverse("admin:tickets_deletionticket_change", args=[row.ticket_id]))

    assert page_of(row) in page.text
    assert "Seen again at the vendor" in page.text


def test_the_overview_counts_what_is_to_be_decided(row, enter, alice):
    page = enter(alice).get(reverse("admin:index"))

    assert "Came back" in page.text
    assert f"{LIST}?status__exact=open" in page.text


def test_a_deed_is_never_a_get(row, enter, bob):
    assert enter(bob).get(page_of(row, "by-choice")).status_code == 405
    assert enter(bob).get(page_of(row, "evidence")).status_code == 405


def test_a_page_that_is_not_there_is_404(row, enter, bob):
    assert enter(bob).get(reverse("admin:tickets_reappearance_change", args=[row.pk + 1])).status_code == 404
    assert enter(bob).get(reverse("admin:tickets_reappearance_change", args=["x"])).status_code == 404


def test_nobody_without_the_right_sees_anything(row, enter, django_user_model):
    dana = django_user_model.objects.create_user("dana", is_staff=True)

    assert enter(dana).get(LIST).status_code == 403
    assert enter(dana).get(page_of(row)).status_code == 403


def test_the_command_watches_and_says_what_it_did(erased, sandbox, capsys):
    sandbox.settings(bento_search="open")
    erased()
    sandbox.recreate("bento", ADA)

    call_command("watch_reappearances", "--account=bento")

    assert capsys.readouterr().out.splitlines() == ["bento: watched by search.", "1 reappearances to be decided."]


def test_the_command_knows_its_accounts(erased):
    erased()

    with pytest.raises(CommandError) as refusal:
        call_command("watch_reappearances", "--account=nobody")

    assert refusal.value.returncode == 2


def test_a_refused_search_says_when_it_is_tried_again_and_an_operator_asks_at_once(
    erased, run, sandbox, clock, enter, olga, alice
):
    ticket = erased()
    assert run(ticket).mode == "finds"
    button = reverse("admin:tickets_reappearance_search-again", args=[ticket.erasures.get().account_id])
    assert button not in enter(alice).get(LIST).text
    assert enter(alice).post(button).status_code == 403
    page = enter(olga).get(LIST).text
    assert "Search was refused, last at" in page
    assert "it is tried again at" in page
    assert button in page

    sandbox.settings(bento_search="open")
    answer = enter(olga).post(button, follow=True)

    assert "The next run for bento tries the search again." in answer.text
    assert button not in answer.text
    assert AuditEvent.objects.latest("seq").action == "account.search_asked"
    assert run(ticket).mode == "search"
    assert "No search of bento was refused." in enter(olga).post(button, follow=True).text


def test_the_command_tries_a_refused_search_again(erased, run, sandbox, capsys):
    ticket = erased()
    assert run(ticket).mode == "finds"
    sandbox.settings(bento_search="open")

    call_command("watch_reappearances", "--search-again")

    assert "bento: watched by search." in capsys.readouterr().out
    assert Watch.objects.get().refused_at is None
