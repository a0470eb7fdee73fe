"""What does not move although it should is said, with since when and what to do; nothing is cancelled."""

import logging
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import reverse
from django_q.models import Schedule

from apps.audit.actors import Actor
from apps.jobs import keepers
from apps.tickets import tasks
from apps.tickets.models import Attempt, Erasure
from apps.tickets.selectors.stuck import stuck
from apps.tickets.services.handling import close
from apps.vendors.models import VendorAccount
from tests.constants import NOW
from tests.tickets.desk import URLS, approved_by, opened_by, sync

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def erasure(settings, alice, bob) -> Erasure:
    """Approved at Bento, with schedules that run."""
    settings.VENDOR_SECRET_URLS = {"bento": URLS["bento"]}
    sync("bento")
    ticket = opened_by(alice)
    approved_by(bob, ticket)
    Schedule.objects.update(next_run=NOW + timedelta(days=400))
    return Erasure.objects.select_related("ticket", "account").get()


def lines(at) -> list[tuple[str, datetime]]:
    return [(line.what, line.since) for line in stuck(at=at)]


def test_work_that_nobody_takes_for_ten_minutes_is_stuck(erasure):
    assert lines(NOW + 9 * MINUTE) == []
    assert lines(NOW + 10 * MINUTE) == [("Work for bento is due, and no worker takes it", NOW)]


def test_a_backlog_that_moves_is_not_stuck(erasure):
    Erasure.objects.update(looked_at=NOW + 15 * MINUTE)

    assert lines(NOW + 20 * MINUTE) == []


def test_a_paused_account_waits_for_a_person_and_is_not_stuck(erasure):
    VendorAccount.objects.update(paused_at=NOW, pause_code="by_hand")

    assert lines(NOW + 20 * MINUTE) == []


def test_an_erasure_whose_worker_never_came_back_is_stuck(erasure):
    Erasure.objects.update(leased_until=NOW, lease_owner="host:1:abc")

    assert lines(NOW + MINUTE) == []
    assert lines(NOW + 2 * MINUTE) == [
        (f"{erasure.subject} is in the hands of a worker that has not come back", NOW),
    ]


@pytest.mark.parametrize(
    "row",
    [
        {"status": "outcome_unknown", "doubt": "unclear", "not_before": None},
        {"status": "accepted", "not_before": None},
        {"status": "queued", "not_before": None},
        {"status": "retry_wait", "not_before": None},
        {"status": "rejected"},
    ],
)
def test_an_erasure_that_nothing_takes_up_and_nobody_was_asked_about_is_stuck_and_can_be_closed(erasure, bob, row):
    assert lines(NOW) == []
    Erasure.objects.update(**row)

    assert lines(NOW) == [(f"{erasure.subject} waits for nothing, and nobody was asked about it", NOW)]

    close(Erasure.objects.get(), text="Nobody took it up.", by=Actor.page(bob), at=NOW)

    assert lines(NOW) == []


@pytest.mark.parametrize(
    "row",
    [
        {"attention": "rejected", "status": "rejected", "not_before": None},
        {"leased_until": NOW + MINUTE, "status": "sending", "not_before": None},
        {"closed_at": NOW, "status": "stopped", "not_before": None},
    ],
)
def test_what_a_person_or_a_worker_has_in_hand_is_not_stuck(erasure, row):
    Erasure.objects.update(**row)

    assert lines(NOW) == []


def test_a_request_without_an_answer_that_nobody_waits_for_is_stuck(erasure):
    Attempt.objects.create(erasure=erasure, number=1, fence=1, started_at=NOW)

    assert lines(NOW + 2 * MINUTE) == [
        (f"Request 1 of {erasure.subject} has no recorded answer, and no worker waits for it", NOW),
    ]


def test_a_schedule_that_nobody_rings_is_stuck(erasure):
    Schedule.objects.create(func="apps.jobs.tasks.run", schedule_type=Schedule.MINUTES, minutes=1, next_run=NOW)

    assert ("No schedule is rung, so that due work waits", NOW) in lines(NOW + 10 * MINUTE)


def test_telling_changes_nothing(erasure, caplog):
    Erasure.objects.update(leased_until=NOW, lease_owner="host:1:abc")
    before = list(Erasure.objects.values())

    with caplog.at_level(logging.WARNING):
        tasks.report_stuck()

    assert "the hands of a worker that has not come back" in caplog.text
    assert "ann@example.org" not in caplog.text
    assert list(Erasure.objects.values()) == before


def test_the_command_lists_and_fails_only_where_something_is_stuck(erasure):
    Erasure.objects.update(leased_until=NOW, lease_owner="host:1:abc")
    told = StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("stuck", stdout=told)
    Erasure.objects.update(leased_until=None, lease_owner="", attention="no_snapshot")
    calm = StringIO()
    call_command("stuck", stdout=calm)

    assert ended.value.code == 1
    assert f"{erasure.subject} is in the hands of a worker" in told.getvalue()
    assert f"since {NOW:%Y-%m-%d %H:%M} UTC. It is taken back by itself" in told.getvalue()
    assert calm.getvalue() == "Nothing is stuck.\n"


def test_the_ticket_says_in_one_sentence_that_it_is_stuck(erasure, client, alice):
    Erasure.objects.update(leased_until=NOW, lease_owner="host:1:abc")
    client.force_login(alice)

    page = client.get(reverse("admin:tickets_deletionticket_change", args=[erasure.ticket_id]))

    assert "Stuck at Bento since" in page.text
    assert "with a look before anything is sent again" in page.text


def test_the_overview_lists_it_with_a_link_to_the_ticket(erasure, client, alice):
    Erasure.objects.update(leased_until=NOW, lease_owner="host:1:abc")
    client.force_login(alice)

    page = client.get(reverse("admin:index"))

    [item] = [item for item in page.context["workforce"].stuck if item.line.reference]
    assert item.url == reverse("admin:tickets_deletionticket_change", args=[erasure.ticket_id])
    assert item.line.what in page.text


def test_silent_workers_are_a_banner_on_every_page(erasure, client, alice):
    now = datetime.now(UTC)
    keepers.begin(Path("/var/console"), at=now - timedelta(hours=1))
    client.force_login(alice)

    page = client.get(reverse("admin:tickets_deletionticket_changelist"))

    assert "The workers have not answered since" in page.text
    assert "start run_cluster on" in page.text


def test_who_sees_no_accounts_sees_nothing_of_the_workers(client, django_user_model):
    client.force_login(django_user_model.objects.create_user("adam", is_staff=True))

    assert client.get(reverse("admin:index")).context["workforce"] is None


def test_anybody_may_ask_whether_the_pages_work(client, settings):
    settings.SECURE_SSL_REDIRECT = True

    answer = client.get("/healthz")

    assert (answer.status_code, answer.text) == (200, "ok\n")
