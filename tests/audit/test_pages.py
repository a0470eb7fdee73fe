"""The pages of the ledger and of the snapshots: to read, for those who may, and for nobody to change."""

import re

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.audit.actors import Actor
from apps.audit.admin import ABOUT
from apps.audit.models import AuditEvent, AuditSnapshot
from apps.audit.services import record, seal_snapshot, shred_snapshots
from tests.audit.builders import found
from tests.constants import NOW

WORKER = Actor.worker()
EVENTS = "admin:audit_auditevent"
SNAPSHOTS = "admin:audit_auditsnapshot"

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(client) -> User:
    user = User.objects.create_superuser("root", password="x")
    client.force_login(user)
    return user


@pytest.fixture
def snapshot() -> AuditSnapshot:
    return seal_snapshot("DEL-1/bento/email", moment="before", findings=found(), by=WORKER, at=NOW)


def contents_url(snapshot: AuditSnapshot) -> str:
    return reverse(f"{SNAPSHOTS}_contents", args=[snapshot.pk])


def test_the_auditor_reads_the_ledger(client, carol):
    event = record("ticket.opened", "DEL-1", by=Actor.command(None), at=NOW, facts={"note": "<script>"})
    client.force_login(carol)

    listing = client.get(reverse(f"{EVENTS}_changelist"), {"about": "ticket"}).text
    page = client.get(reverse(f"{EVENTS}_change", args=[event.pk])).text

    assert "DEL-1" in listing
    assert "operator" in listing
    assert "&lt;script&gt;" in page
    assert bytes(event.link).hex() in page
    assert "command" in page


def test_a_broken_body_is_shown_as_such(client, root):
    event = record("ticket.opened", "DEL-1", by=WORKER, at=NOW)
    AuditEvent.objects.update(body=b"\xff{")

    page = client.get(reverse(f"{EVENTS}_change", args=[event.pk])).text

    assert "Run verify_ledger" in page


def test_support_does_not_read_the_ledger(client, alice):
    client.force_login(alice)

    assert client.get(reverse(f"{EVENTS}_changelist")).status_code == 403


@pytest.mark.parametrize("model", [EVENTS, SNAPSHOTS])
def test_not_even_a_superuser_changes_evidence(client, root, snapshot, model):
    pk = 1 if model == EVENTS else snapshot.pk
    before = list(AuditEvent.objects.values()), list(AuditSnapshot.objects.values())

    answers = [
        client.get(reverse(f"{model}_add")),
        client.post(reverse(f"{model}_add"), {"subject": "x"}),
        client.post(reverse(f"{model}_change", args=[pk]), {"subject": "x"}),
        client.post(reverse(f"{model}_delete", args=[pk]), {"post": "yes"}),
    ]
    client.post(reverse(f"{model}_changelist"), {"action": "delete_selected", "_selected_action": pk, "post": "yes"})

    assert [answer.status_code for answer in answers] == [403] * 4
    assert (list(AuditEvent.objects.values()), list(AuditSnapshot.objects.values())) == before
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize(
    ("model", "query"),
    [
        (EVENTS, "body__contains=a"),
        (EVENTS, "subject__startswith=DEL"),
        (EVENTS, "action__startswith=t"),
        (EVENTS, "actor=alice"),
        (SNAPSHOTS, "sealed__startswith=a"),
        (SNAPSHOTS, "digest__contains=a"),
        (SNAPSHOTS, "key__wrapped__isnull=1"),
        (SNAPSHOTS, "moment__regex=b"),
    ],
)
def test_a_hidden_column_cannot_be_guessed_through_the_address_line(client, root, model, query):
    answer = client.get(f"{reverse(f'{model}_changelist')}?{query}")

    assert answer.status_code in {302, 400}


def test_a_lookup_without_its_two_underscores_is_none(root):
    snapshots = admin.site.get_model_admin(AuditSnapshot)

    allowed = [snapshots.lookup_allowed(f"unsubscribed{way}", "1", None) for way in ("", "__isnull", "isnull", "exact")]

    assert allowed == [True, True, False, False]


@pytest.mark.parametrize(
    ("model", "query"),
    [(EVENTS, "about=ticket"), (EVENTS, "about=nothing"), (SNAPSHOTS, "moment__exact=before")],
)
def test_the_declared_filters_work(client, root, model, query):
    assert client.get(f"{reverse(f'{model}_changelist')}?{query}").status_code == 200


def test_the_ledger_is_filtered_without_reading_all_of_it_for_the_names(client, root):
    for action in ("ticket.opened", "staff.added"):
        record(action, "DEL-1", by=WORKER, at=NOW)

    with CaptureQueriesContext(connection) as queries:
        listed = client.get(reverse(f"{EVENTS}_changelist"), {"about": "staff"}).context["cl"].result_list

    assert [event.action for event in listed] == ["staff.added"]
    assert not [query["sql"] for query in queries if "DISTINCT" in query["sql"]]


def test_every_action_that_is_recorded_can_be_filtered_for():
    code = "".join(path.read_text() for path in (settings.BASE_DIR / "apps").rglob("*.py"))
    recorded = set(re.findall(r'record(?:_all)?\(\s*f?"([a-z]+)\.', code))

    assert {"ticket", "staff"} <= recorded <= set(ABOUT)


def test_the_page_of_a_snapshot_shows_no_contents(client, carol, snapshot):
    client.force_login(carol)

    page = client.get(reverse(f"{SNAPSHOTS}_change", args=[snapshot.pk])).text

    assert "Open the contents" in page
    assert "Jane" not in page
    assert list(AuditEvent.objects.values_list("action", flat=True)) == ["snapshot.sealed"]


def test_the_button_opens_the_contents_and_leaves_an_event(client, carol, snapshot):
    client.force_login(carol)

    answer = client.post(contents_url(snapshot))

    assert "Jane" in answer.text
    assert "&lt;b&gt;bold&lt;/b&gt;" in answer.text
    assert "no-store" in answer["Cache-Control"]
    assert AuditEvent.objects.last().action == "snapshot.viewed"
    assert AuditEvent.objects.last().actor == "carol"


def test_the_raw_answer_is_shown_where_it_was_sealed(client, carol):
    full = seal_snapshot("DEL-1/bento/email", moment="before", findings=found(), by=WORKER, at=NOW, full=True)
    client.force_login(carol)

    assert "The answer as it came" in client.post(contents_url(full)).text


def test_contents_need_the_right_a_post_and_a_token(client, alice, carol, snapshot):
    client.force_login(alice)
    assert client.post(contents_url(snapshot)).status_code == 403

    client.force_login(carol)
    assert client.get(contents_url(snapshot)).status_code == 405

    client.handler.enforce_csrf_checks = True
    assert client.post(contents_url(snapshot)).status_code == 403
    assert not AuditEvent.objects.filter(action="snapshot.viewed").exists()


def test_a_shredded_snapshot_explains_itself(client, carol, snapshot):
    shred_snapshots(AuditSnapshot.objects.filter(pk=snapshot.pk), by=WORKER, at=NOW)
    client.force_login(carol)

    page = client.get(reverse(f"{SNAPSHOTS}_change", args=[snapshot.pk])).text
    answer = client.post(contents_url(snapshot)).text

    assert "were destroyed with their key" in page
    assert "Open the contents" not in page
    assert "Nobody can read it any more" in answer
