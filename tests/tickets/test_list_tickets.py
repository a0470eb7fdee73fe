import csv
import json
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from .desk import opened_by, sync


@pytest.fixture
def ticket(db):
    sync("bento")
    return opened_by(User.objects.create_superuser("=cmd"), email="Ann@example.org")


@pytest.mark.parametrize("as_format", ["table", "csv", "json"])
def test_identifiers_come_as_typed_with_the_flag_and_an_event_only(ticket, as_format):
    masked = _listed("--format", as_format)
    shown = _listed("--format", as_format, "--show-identifiers")

    assert "Ann@example.org" not in masked
    assert "Ann@example.org" in shown
    assert ticket.reference in masked


def test_the_csv_names_its_columns_and_no_spreadsheet_calculates_a_cell(ticket):
    (line,) = csv.DictReader(StringIO(_listed("--format", "csv", "--show-identifiers")))

    assert (line["opened_by"], line["identifiers"]) == ("'=cmd", "email=Ann@example.org")
    assert (line["account"], line["erasure_status"], line["attempts"]) == ("bento", "queued", "0")


def test_the_json_is_a_list_of_objects(ticket):
    (line,) = json.loads(_listed("--format", "json"))

    assert line["reference"] == ticket.reference
    assert "identifiers" not in line


def _listed(*arguments: str) -> str:
    out = StringIO()
    call_command("list_tickets", *arguments, stdout=out)
    return out.getvalue()
