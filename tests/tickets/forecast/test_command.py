"""`forecast`, and the forecasts in what other commands print."""

import csv
import json
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.tickets.models import DeletionTicket, Erasure
from apps.vendors.models import VendorAccount

from .moments import HOUR


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def late(account, due) -> DeletionTicket:
    """A ticket that waits for approval, overdue since long."""
    account()
    return due(-400)


def test_the_table_says_when_who_it_waits_for_and_what_is_late(late):
    text = printed("forecast")

    assert "bento: 1 erasure, finished" in text
    assert "1 ticket late" in text
    assert f"  {late.reference}  email" in text
    assert "LATE  (if approved now)" in text


def test_the_json_counts_to_the_expected_answer(late):
    [line] = json.loads(printed("forecast", "--format", "json"))

    sends, answers = (datetime.fromisoformat(line[name]) for name in ("forecast_send_at", "forecast_at"))
    assert answers - sends == HOUR
    assert datetime.fromisoformat(line["last_safe_send_at"]) == late.due_at - HOUR
    assert (line["account"], line["reference"], line["kind"]) == ("bento", late.reference, "email")
    assert (line["waits_for"], line["late"]) == ("approval", True)


def test_the_csv_has_the_same_columns(late):
    [line] = csv.DictReader(StringIO(printed("forecast", "--format", "csv")))

    assert list(line) == list(json.loads(printed("forecast", "--format", "json"))[0])
    assert line["late"] == "yes"


def test_one_account_is_enough(account, due):
    account(), account("blueshift")
    due(30)

    lines = json.loads(printed("forecast", "--account", "Blueshift", "--format", "json"))

    assert [line["account"] for line in lines] == ["blueshift"]


def test_an_unknown_account_is_wrong_usage(account):
    with pytest.raises(CommandError) as refused:
        call_command("forecast", "--account", "mailchimp")

    assert refused.value.returncode == 2


def test_nothing_waits_and_nothing_is_changed(account, due):
    account()
    assert printed("forecast") == "Nothing waits.\n"

    due(30)
    printed("forecast")

    assert Erasure.objects.get().forecast_at is None


def test_the_list_of_tickets_has_every_waiting_erasures_forecast(late):
    [listed] = json.loads(printed("list_tickets", "--format", "json"))
    assert datetime.fromisoformat(listed["erasures"][0]["forecast_at"]).utcoffset() == timedelta(0)

    Erasure.objects.update(status="rejected", attention="rejected")

    [listed] = json.loads(printed("list_tickets", "--format", "json"))
    assert listed["erasures"][0]["forecast_at"] is None


def test_approving_by_command_says_first_what_it_comes_to(late, bob):
    text = printed("approve_tickets", "--as", "bob", "--all")

    assert text.splitlines()[0].startswith("Finished: the last answer is expected by ")
    assert text.splitlines()[1].startswith(f"Late: {late.reference} would be answered after its due date, ")
    assert text.splitlines()[-1] == "Approved 1 of 1 tickets."


def test_work_leaves_fresh_forecasts_behind(late):
    VendorAccount.objects.update(is_active=False)  # nobody is called

    printed("work", "--until-idle")

    assert Erasure.objects.get().forecast_at is not None
