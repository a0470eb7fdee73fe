"""An import can be withdrawn: whom nothing else holds is lifted, in short transactions and once."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from apps.audit.actors import Actor, NotAllowed
from apps.audit.models import AuditEvent
from apps.suppression import views
from apps.suppression.models import EntrySource, SuppressionEntry, SuppressionImport
from apps.suppression.selectors import blocks
from apps.suppression.services import import_file, withdraw_import, withdrawing
from tests.constants import NOW
from tests.suppression.builders import JANE, WORKER, block

pytestmark = pytest.mark.django_db(transaction=True)


def imported(*addresses: str) -> SuppressionImport:
    file = io.BytesIO("\n".join(addresses).encode())
    return import_file(file, list_name="erased", identifiers="email", by=WORKER, clock=lambda: NOW).source


def withdrawn(source: SuppressionImport, by: Actor = WORKER) -> int:
    return withdraw_import(source, by=by, clock=lambda: NOW)


def blocked() -> set[str]:
    return {
        name
        for name in ("ann", "bea", "cid", "jane")
        if blocks("email", f"{name}@{'example.com' if name == 'jane' else 'example.org'}", NOW)
    }


def test_whom_nothing_else_holds_is_lifted_and_the_others_stay():
    block(JANE)
    source = imported("ann@example.org", "bea@example.org", JANE)
    block("bea@example.org", reference="DEL-2")

    assert withdrawn(source) == 1

    assert blocked() == {"bea", "jane"}
    assert EntrySource.objects.filter(reference=source.reference, withdrawn_at=None).count() == 0
    assert list(AuditEvent.objects.order_by("-seq").values_list("action", flat=True)[:2]) == [
        "suppression.withdrawn",
        "suppression.import_withdrawn",
    ]
    assert AuditEvent.objects.last().entry["facts"] == {"sources": 1, "lifted": 1}


def test_an_entry_that_two_imports_hold_stands_until_both_are_withdrawn():
    first, second = imported("ann@example.org", "bea@example.org"), imported("ann@example.org", "cid@example.org")

    assert (withdrawn(first), blocked()) == (1, {"ann", "cid"})
    assert (withdrawn(second), blocked()) == (2, set())


def test_more_than_one_chunk_and_a_crash_in_between_lift_each_once(monkeypatch):
    monkeypatch.setattr(withdrawing, "CHUNK", 2)
    source = imported("ann@example.org", "bea@example.org", "cid@example.org", JANE)

    def crash(lifted: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        withdraw_import(source, by=WORKER, clock=lambda: NOW, tell=crash)
    assert len(blocked()) == 2

    assert withdrawn(source) == 2
    assert withdrawn(source) == 0
    assert blocked() == set()
    assert [event.action for event in AuditEvent.objects.order_by("seq")].count("suppression.import_withdrawn") == 1


def test_the_same_file_can_be_taken_in_again():
    withdrawn(imported("ann@example.org"))

    imported("ann@example.org")

    assert blocked() == {"ann"}
    assert SuppressionEntry.objects.count() == 2


def test_it_needs_the_right_to_lift(alice):
    source = imported("ann@example.org")

    with pytest.raises(NotAllowed):
        withdrawn(source, Actor.page(alice))
    assert blocked() == {"ann"}


def test_the_command_withdraws_and_names_what_it_did(capsys):
    source = imported("ann@example.org", "bea@example.org")

    call_command("withdraw_import", source.reference)

    assert f"2 entries of erased lifted; {source.reference} holds nobody any more." in capsys.readouterr().out


def test_the_command_knows_what_it_does_not_know():
    with pytest.raises(CommandError, match=r"There is no import import-1\."):
        call_command("withdraw_import", "import-1")


def test_the_page_of_an_entry_names_its_import_and_its_matches(client, carol):
    source = imported("ann@example.org")
    SuppressionEntry.objects.update(matches=3, last_match_at=NOW)
    url = reverse("admin:suppression_suppressionentry_change", args=[SuppressionEntry.objects.get().pk])
    client.force_login(carol)

    page = client.get(url).text
    withdrawn(source)

    assert f"Import: {source.reference}" in page
    assert "Last match at" in page
    assert f"Import: {source.reference} (withdrawn)" in client.get(url).text


def test_the_page_withdraws_a_short_import_for_those_who_may(client, alice, bob):
    source = imported("ann@example.org")
    page = reverse("admin:suppression_suppressionimport_change", args=[source.pk])
    withdraw = reverse("admin:suppression_suppressionimport_withdraw", args=[source.pk])

    client.force_login(alice)
    assert "Withdraw this import" not in client.get(page).text
    assert client.post(withdraw).status_code == 403
    client.force_login(bob)
    assert "Withdraw this import" in client.get(page).text
    answer = client.post(withdraw, follow=True).text

    assert "Entries that nothing else holds were lifted: 1." in answer
    assert "Withdraw this import" not in answer
    assert blocked() == set()


def test_a_long_import_is_for_the_command(client, bob, monkeypatch):
    monkeypatch.setattr(views, "SHORT", 0)
    source = imported("ann@example.org")
    client.force_login(bob)

    page = client.post(reverse("admin:suppression_suppressionimport_withdraw", args=[source.pk]), follow=True).text

    assert f"manage.py withdraw_import {source.reference}" in page
    assert blocked() == {"ann"}
