"""POST /suppression/lift: with a reason and evidence, as often as it is repeated, and the ledger tells it."""

import hashlib

import pytest

from apps.audit.actors import Actor
from apps.audit.models import AuditEvent
from apps.suppression.models import SuppressionEntry, SuppressionList
from apps.suppression.services.blocking import suppress
from apps.suppression.services.lifting import open_evidence
from tests.constants import NOW

ANN = "ann@example.org"
WHY = {"reason": "came_back", "evidence": "Signed up again, double opt-in 4711."}


@pytest.fixture(autouse=True)
def _blocked(db) -> None:
    for name in ("erased", "complaints"):
        suppress(
            [("email", ANN)], list_name=name, source_kind="staff", reference="objected", by=Actor.command(), at=NOW
        )


def lifting(value: str = ANN, kind: str = "email", **more):
    return {"identifier": {"kind": kind, "value": value}} | WHY | more


def live() -> list[str]:
    return sorted(SuppressionEntry.objects.live().values_list("list__name", flat=True))


def test_every_block_ends_and_stays_as_history(call, service_user):
    answer = call("/suppression/lift", lifting(" ANN@example.org"))

    entry = SuppressionEntry.objects.filter(list__name="erased").get()
    assert (answer.status_code, answer.json()) == (200, {"lifted": 2})
    assert (entry.lift_reason, entry.lifted_by) == ("came_back", service_user)
    assert open_evidence(entry, by=Actor.command(), at=NOW) == WHY["evidence"]
    assert live() == []


def test_one_list_is_enough(call):
    assert call("/suppression/lift", lifting(list_name="erased")).json() == {"lifted": 1}
    assert live() == ["complaints"]


def test_a_list_that_does_not_exist_is_no_repeated_call(call):
    answer = call("/suppression/lift", lifting(list_name="erazed"))

    assert (answer.status_code, answer.json()["type"]) == (422, "/api/v1/docs#refused")
    assert answer.json()["detail"] == "No list has this name."
    assert live() == ["complaints", "erased"]


def test_a_list_that_does_not_block_lifts_nothing(call):
    SuppressionList.objects.create(name="quiet", title="Quiet", created_at=NOW)

    assert call("/suppression/lift", lifting(list_name="quiet")).json() == {"lifted": 0}


def test_a_repeated_call_changes_nothing(call):
    call("/suppression/lift", lifting())

    assert call("/suppression/lift", lifting()).json() == {"lifted": 0}


def test_the_ledger_tells_who_and_why_and_not_whom(call):
    call("/suppression/lift", lifting(list_name="erased"))

    event = AuditEvent.objects.get(action="suppression.lifted")
    assert (event.entry["actor"], event.entry["via"]) == ("api-shop", "api")
    assert event.entry["facts"]["reason"] == "came_back"
    assert ANN not in bytes(event.body).decode()


def test_a_digest_made_elsewhere_lifts_its_own_entry_only(call):
    digest = hashlib.sha256(ANN.encode()).hexdigest()

    assert call("/suppression/lift", lifting(digest, "email_sha256")).json() == {"lifted": 0}
    assert live() == ["complaints", "erased"]


@pytest.mark.parametrize(
    "more",
    [{"evidence": ""}, {"evidence": "  "}, {"reason": "sources_withdrawn"}, {"reason": ""}, {"list_name": "A b"}],
)
def test_without_a_reason_or_evidence_nothing_ends(call, more):
    assert call("/suppression/lift", lifting(**more)).status_code == 422
    assert live() == ["complaints", "erased"]


def test_what_identifies_nobody_is_refused(call):
    answer = call("/suppression/lift", lifting("ann@-bad-.example"))

    assert (answer.status_code, answer.json()["type"]) == (422, "/api/v1/docs#refused")
    assert "-bad-" not in answer.text


def test_another_scope_does_not_do(call, issue):
    assert call("/suppression/lift", lifting(), token=issue("check", "intake", "read").text).status_code == 403
    assert live() == ["complaints", "erased"]
