"""`manage.py subscribers …`: exit codes, JSON, files, and who acts."""

import io
import json
import sys

import pytest
from django.core.management import CommandError, call_command

from apps.audit.models import AuditEvent
from apps.vendors.services.accounts import pause
from tests.constants import NOW
from tests.tickets.builders import ADA, NOBODY, accounts
from tests.tickets.desk import URLS, sync

LINUS = "linus+news@example.com"


@pytest.fixture
def vendors(sandbox, db):
    return accounts(sandbox)


def run(*args: str) -> dict:
    """Run it as the operator and return its JSON, whatever the exit code."""
    return told(*args)[1]


def told(*args: str) -> tuple[int, dict, str]:
    out, err, code = io.StringIO(), io.StringIO(), 0
    try:
        call_command("subscribers", *args, "--format", "json", stdout=out, stderr=err)
    except CommandError as error:
        code = error.returncode
        err.write(str(error))
    return code, json.loads(out.getvalue() or "{}"), err.getvalue()


def test_it_finds_a_person_with_a_plus_in_the_address(vendors):
    answer = run("find", "--account", "bento", LINUS)

    assert (answer["outcome"], answer["http_status"]) == ("accepted", 200)
    assert [profile["email"] for profile in answer["profiles"]] == [LINUS]


def test_it_finds_by_the_vendors_own_id(sandbox, vendors):
    uuid = sandbox.people(ADA)["blueshift"][0]["uuid"]

    assert run("find", "--account", "blueshift", "--uuid", uuid)["profiles"][0]["customer_id"] == "1001"


def test_the_only_account_that_can_needs_no_name(vendors):
    assert run("create", NOBODY)["account"] == "bento"


def test_several_accounts_that_can_need_one(vendors):
    code, _, words = told("find", ADA)

    assert (code, "bento, blueshift" in words) == (2, True)


def test_it_acts_as_the_operator_or_as_a_user(vendors, olga):
    run("create", "a@example.com")
    run("create", "b@example.com", "--as", "olga")

    events = AuditEvent.objects.filter(action="subscriber.create").order_by("seq")
    assert [event.actor for event in events] == ["operator", "olga"]


def test_a_user_without_the_right_is_refused(sandbox, vendors, bob):
    code, _, words = told("create", NOBODY, "--as", "bob")

    assert (code, words) == (2, "bob may not write subscribers.")
    assert sandbox.journal() == []


def test_a_suppressed_address_is_refused_with_exit_code_3(vendors, block):
    block(NOBODY)

    code, answer, words = told("create", NOBODY)

    assert (code, answer["outcome"]) == (3, "refused")
    assert "erased" in words


@pytest.mark.parametrize("status", [401, 422, 429, 500])
def test_what_a_vendor_answers_changes_no_exit_code(sandbox, vendors, status):
    sandbox.fault(vendor="bento", status=status)

    code, answer, _ = told("create", NOBODY)

    assert (code, answer["http_status"]) == (0, status)
    assert answer["next"]


def test_a_paused_account_is_a_failure(vendors, operator):
    pause(vendors[0], "by_hand", by=operator, at=NOW)

    assert told("create", NOBODY)[0] == 1


@pytest.mark.parametrize(
    "args",
    [
        ["find", "--account", "bento"],
        ["find", "--account", "bento", ADA, "--uuid", "x"],
        ["find", "--account", "shop", ADA],
        ["create", "nowhere"],
        ["search", "--account", "blueshift"],
        ["command", "unsubscribe", ADA, "--query", "vip"],
        ["import", "/nowhere.csv"],
        ["delete-one", ADA],
    ],
)
def test_wrong_usage_ends_with_2(sandbox, vendors, args):
    assert told(*args)[0] == 2
    assert sandbox.journal() == []


def test_it_searches_through_pages(sandbox, vendors):
    sandbox.settings(bento_search="open")
    sandbox.add_many([{"vendor": "bento", "email": f"p{n}@example.org", "tags": ["many"]} for n in range(101)])

    some = run("search", "--tags", "many")
    everybody = run("search", "--tags", "many", "--pages", "5", "--updated-at-after", "2020-01-01")

    assert (len(some["profiles"]), some["more"]) == (100, True)
    assert (len(everybody["profiles"]), everybody["pages"], everybody["more"]) == (101, 2, False)


def test_a_search_that_the_plan_lacks_is_an_answer(vendors):
    code, answer, _ = told("search")

    assert (code, answer["next"]) == (0, "This account's plan does not have it.")


def test_a_file_is_imported_with_every_attribute(sandbox, vendors, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(
        "email;first_name;Tags;remove_tags;created_at;lifetime_value_currency;lifetime_value_amount;utm_source;Plan\n"
        "Ann+x@Example.org;Ann;vip, lead;old;2020-01-02;USD;1000;news;pro\n",
        encoding="utf-8-sig",
    )

    answer = run("import", str(file))
    sandbox.settle()

    [person] = sandbox.people("Ann+x@Example.org")["bento"]
    assert (answer["taken"], answer["failed"], answer["refused"]) == (1, 0, [])
    assert person["tags"] == ["vip", "lead"]
    assert person["fields"]["Plan"] == "pro"
    assert not file.with_suffix(".rejects.csv").exists()


def test_bad_lines_are_listed_and_the_others_imported(sandbox, vendors, block, tmp_path):
    block(ADA)
    file = tmp_path / "people.csv"
    file.write_text(
        "email,lifetime_value_amount,created_at\n"
        "a@example.org,12.5,\n"
        "\n"
        f"{ADA},,\n"
        "b@example.org,1000,\n"
        "c@example.org,,yesterday\n"
        "nowhere,,\n"
        "d@example.org,,,too,many\n"
    )

    code, answer, words = told("import", str(file))

    assert code == 3
    assert [each["line"] for each in answer["refused"]] == [2, 4, 6, 7, 8]
    assert (answer["asked"], answer["sent"], answer["taken"]) == (6, 1, 1)
    assert "line 4: the suppression list “erased” holds this address" in words
    assert ADA not in file.with_suffix(".rejects.csv").read_text()


def test_what_the_vendor_failed_is_visible_and_changes_no_exit_code(sandbox, vendors, tmp_path):
    sandbox.fault(vendor="bento", status=200, body={"results": 1, "failed": 1})
    file = tmp_path / "people.csv"
    file.write_text("email\na@example.org\nb@example.org\n")

    code, answer, _ = told("import", str(file))

    assert (code, answer["taken"], answer["failed"]) == (0, 1, 1)


def test_an_import_ends_at_an_unclear_answer_and_says_where(sandbox, vendors, tmp_path):
    sandbox.fault(vendor="bento", status=500, effect=True, skip=1)
    file = tmp_path / "people.csv"
    file.write_text("email\n" + "".join(f"p{n}@example.org\n" for n in range(2500)))

    code, answer, _ = told("import", str(file))

    assert code == 0
    assert (answer["sent"], answer["taken"], answer["unclear"]) == (1000, 1000, [1002, 2001])
    assert (answer["rejected"], answer["unsent"], answer["refused"]) == ([], [2002, 2501], [])
    again = file.with_suffix(".rejects.csv").read_text().splitlines()
    assert again[1] == '1002,"sent, and nobody knows whether it was taken: HTTP 500"'
    assert (again[-1], len(again)) == ("2501,not sent: the run had ended before", 1501)
    assert len(sandbox.journal(action="import")) == 2


@pytest.mark.parametrize(("status", "undone"), [(422, "rejected"), (429, "rejected"), (500, "unclear")])
def test_what_a_vendor_answers_to_a_file_changes_no_exit_code(sandbox, vendors, tmp_path, status, undone):
    sandbox.fault(vendor="bento", status=status)
    file = tmp_path / "people.csv"
    file.write_text("email\na@example.org\n")

    code, answer, words = told("import", str(file))

    assert (code, answer["http_status"], answer[undone], answer["refused"]) == (0, status, [2, 2], [])
    assert "reopen" not in answer["next"] + words + file.with_suffix(".rejects.csv").read_text()


def test_what_a_vendor_answers_to_a_command_changes_no_exit_code(sandbox, vendors):
    sandbox.fault(path="commands", status=422)

    code, answer, _ = told("command", "add_tag", ADA, "--query", "vip")

    assert (code, answer["http_status"], answer["rejected"], answer["refused"]) == (0, 422, [1, 1], [])


def test_lines_that_never_left_are_neither_refused_nor_taken(db, settings, tmp_path):
    settings.VENDOR_SECRET_URLS = {"bento": URLS["bento"]}
    sync("bento")
    file = tmp_path / "people.csv"
    file.write_text("email\na@example.org\n")

    code, answer, _ = told("import", str(file))

    assert (code, answer["outcome"], answer["unsent"], answer["rejected"]) == (0, "unreached", [2, 2], [])


def test_a_read_without_an_answer_is_never_said_to_have_happened(sandbox, vendors):
    sandbox.fault(vendor="bento", wire="cut")

    _, answer, _ = told("find", "--account", "bento", ADA)

    assert answer["next"] == "Nothing was changed, and nothing is known. Read again."


@pytest.mark.parametrize("header", ["name", "email,email", "email,command", "email,uuid", ""])
def test_a_header_that_cannot_be_used_sends_nothing(sandbox, vendors, tmp_path, header):
    file = tmp_path / "people.csv"
    file.write_text(f"{header}\na@example.org,b\n")

    assert told("import", str(file))[0] == 2
    assert sandbox.journal() == []


def test_a_command_goes_to_those_who_exist(sandbox, vendors):
    code, answer, words = told("command", "add_field", ADA, NOBODY, "--query", "plan", "--value", "pro")
    sandbox.settle()

    assert (code, answer["taken"], [each["address"] for each in answer["refused"]]) == (3, 1, [2])
    assert "address 2: the vendor does not know this address" in words
    assert sandbox.people(ADA)["bento"][0]["fields"]["plan"] == "pro"


def test_more_commands_than_fit_into_one_call_go_in_several(sandbox, vendors):
    people = [f"p{n}@example.org" for n in range(30)]
    sandbox.add_many([{"vendor": "bento", "email": email} for email in people])

    answer = run("command", "add_tag", *people, "--query", "vip")

    assert (answer["taken"], len(sandbox.journal(action="commands"))) == (30, 2)


def test_addresses_can_come_from_standard_input(vendors, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{ADA}\n\n{LINUS}\n"))

    assert run("command", "add_tag", "-", "--query", "vip")["taken"] == 2


def test_one_profile_is_deleted_only_with_a_yes(sandbox, vendors):
    answer = run("delete-one", "margaret@example.com", "--customer-id", "2002", "--yes")
    sandbox.settle()

    assert answer["outcome"] == "accepted"
    assert len(sandbox.people("margaret@example.com")["blueshift"]) == 2


def test_people_read_lines(sandbox, vendors):
    sandbox.add("bento", "esc@example.org", fields={"note": "\x1b[2Jgone"})
    out = io.StringIO()

    call_command("subscribers", "find", "--account", "bento", "esc@example.org", stdout=out)

    assert out.getvalue().startswith("account: bento\noutcome: accepted\nhttp_status: 200\nprofiles 1: uuid ")
    assert "\x1b" not in out.getvalue()


def test_nobody_is_said_in_a_word(vendors):
    out = io.StringIO()

    call_command("subscribers", "find", "--account", "bento", NOBODY, stdout=out)

    assert out.getvalue().splitlines()[-1] == "profiles: none"


def test_a_full_minute_is_waited_for_but_not_for_ever(sandbox, db, monkeypatch):
    accounts(sandbox, "bento", per_minute=1)
    monkeypatch.setattr("apps.tickets.services.subscriber_runs.LONGEST_WAIT", 0.0)
    run("find", ADA)

    answer = run("command", "remove_tag", ADA, "--query", "vip")

    assert "(1 a minute)" in answer["refused"][0]["reason"]
