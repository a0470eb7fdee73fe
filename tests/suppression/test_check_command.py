"""check_suppression: a line of answer for each line asked, in order, and nothing personal unless asked for."""

import io
import json
from hashlib import sha256

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from apps.suppression.models import SuppressionEntry, SuppressionList
from apps.vendors.models import VendorAccount
from tests.constants import NOW
from tests.suppression.builders import JANE, block, only_entry

pytestmark = pytest.mark.django_db
HEADING = "line,status,lists,since,problem"


@pytest.fixture
def ask(monkeypatch, capsys):
    def ask(text: str | bytes, *arguments: str, refused: int = 0, unsure: int = 0) -> str:
        given = text if isinstance(text, bytes) else text.encode()
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given)))
        if not refused and not unsure:
            call_command("check_suppression", *arguments)
        else:
            ending = f"^{refused} lines were refused, {unsure} are unsure: treat both as suppressed.$"
            with pytest.raises(CommandError, match=ending) as end:
                call_command("check_suppression", *arguments)
            assert end.value.returncode == 3
        return capsys.readouterr().out

    return ask


def test_each_line_is_answered_in_order_and_by_number(ask):
    block(JANE)
    block(JANE, list_name="objected")

    told = ask("bob@example.org\n Jane@Example.com \r\nnonsense\n\nann@example.org", refused=2)

    assert told.splitlines() == [
        HEADING,
        "1,free,,,",
        "2,blocked,erased objected,2026-06-01T12:00:00Z,",
        "3,refused,,,An e-mail address has one @ with a name before it.",
        "4,refused,,,The identifier is empty.",
        "5,free,,,",
    ]


def test_no_address_is_repeated_unless_asked_for(ask):
    block(JANE)

    assert "jane" not in ask(JANE).lower()
    assert ask(JANE, "--echo").splitlines()[1].endswith(",jane@example.com")


def test_an_echo_is_no_formula(ask):
    assert ask("=cmd@example.org", "--echo").splitlines()[1].endswith(",'=cmd@example.org")


def test_json_lines_say_the_same(ask):
    block(JANE)

    blocked, free = map(json.loads, ask(f"{JANE}\nbob@example.org\n", "--format", "jsonl").splitlines())

    since = "2026-06-01T12:00:00Z"
    assert blocked == {"line": 1, "status": "blocked", "lists": ["erased"], "since": since, "problem": ""}
    assert free == {"line": 2, "status": "free", "lists": [], "since": None, "problem": ""}


def test_many_lines_keep_their_numbers(ask):
    block(JANE)
    text = "".join(f"p{number}@example.org\n" for number in range(12_000)) + JANE

    told = ask(text).splitlines()

    assert [line.split(",")[0] for line in told[1:]] == [str(number) for number in range(1, 12_002)]
    assert told[-1].startswith("12001,blocked,erased,")
    assert sum(",blocked," in line for line in told) == 1


def test_a_mark_of_byte_order_and_a_line_of_a_megabyte_spoil_nothing(ask):
    block(JANE)

    told = ask(b"\xef\xbb\xbf" + JANE.encode() + b"\n" + b"x" * 1_000_000 + b"\n" + JANE.encode(), refused=1)

    assert [line.split(",")[1] for line in told.splitlines()[1:]] == ["blocked", "refused", "blocked"]
    assert "longer than 10000 bytes" in told


def test_other_identifiers_are_asked_for_by_their_kind(ask):
    block(JANE)
    entry = only_entry()

    assert ",free," in ask(JANE, "--kind", "customer_id")
    assert ",blocked," in ask(f"{entry.key_id}:{bytes(entry.digest).hex()}", "--kind", "digest")


def test_whom_a_sha256_does_not_find_is_unsure_and_not_free(ask):
    block(JANE)
    text = f"{sha256(JANE.encode()).hexdigest()}\nnonsense\n"

    told = ask(text, "--kind", "email_sha256", refused=1, unsure=1)

    assert told.splitlines()[1].startswith("1,unsure,,,It cannot be told from a SHA-256: ask with the address")
    assert told.splitlines()[2].startswith("2,refused,")


def test_an_account_is_asked_about_by_name(ask):
    block(JANE)
    SuppressionList.objects.update(everywhere=False)
    VendorAccount.objects.create(name="shop", vendor="bento", host="app.bentonow.com", site="s", synced_at=NOW)

    assert ",free," in ask(JANE, "--account", "shop")
    with pytest.raises(CommandError, match="no vendor account “other”") as end:
        ask(JANE, "--account", "other")
    assert end.value.returncode == 2


def test_whom_it_finds_is_counted(ask):
    block(JANE)

    ask(JANE)

    assert SuppressionEntry.objects.get().matches == 1


def test_whoever_lacks_the_right_learns_nothing(ask, capsys):
    User.objects.create_user("dora")
    block(JANE)

    with pytest.raises(CommandError, match="dora may not check") as end:
        ask(JANE, "--as", "dora")

    assert end.value.returncode == 2
    assert "blocked" not in capsys.readouterr().out
