"""Files as people have them: each good line counts, each bad one is named, nothing is swallowed."""

from io import BytesIO, StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.audit.actors import Actor, NotAllowed
from apps.audit.models import AuditEvent
from apps.suppression.files import LINE_LIMIT, UnreadableFile
from apps.suppression.filling import CHUNK
from apps.suppression.models import EntrySource, SuppressionEntry, SuppressionList
from apps.suppression.selectors import blocks
from apps.suppression.services import ImportResult, import_file
from tests.constants import NOW
from tests.suppression.builders import WORKER, block

pytestmark = pytest.mark.django_db


def load(content: bytes, list_name: str = "old") -> ImportResult:
    return import_file(BytesIO(content), list_name=list_name, by=WORKER, at=NOW)


def is_blocked(address: str) -> bool:
    return bool(blocks("email", address, NOW))


@pytest.mark.parametrize(
    "content",
    [
        "ann@example.org\njörg@example.org\n",
        "ann@example.org\r\njörg@example.org",
        '\n  ann@example.org \n\n"jörg@example.org"\n',
        "email\nann@example.org\njörg@example.org\n",
        "email,name\nann@example.org,Ann\njörg@example.org,Jörg\n",
        'name;"E-Mail";EMAIL \n"Müller; Ann";x;ann@example.org\nJörg;;jörg@example.org\n',
        "name\temail\n\tann@example.org\nJörg\tjörg@example.org\n",
        '"email"\n"ann@example.org"\n"jörg@example.org"\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_one_per_line_and_csv_with_any_delimiter_are_read(content, encoding):
    result = load(content.encode(encoding))

    assert (result.added, result.known, result.rejected) == (2, 0, [])
    assert is_blocked("ann@example.org")
    assert is_blocked("jörg@example.org")


def test_bad_lines_are_named_with_a_reason_and_good_ones_count():
    result = load(b"email;name\nann@example.org;A\nnonsense;B\n;C\n\nbob@example.org;D\nx@exa_mple.org;E\n")

    assert result.added == 2
    assert [line for line, _ in result.rejected] == [3, 4, 7]
    assert "nonsense" not in str(result.rejected)


def test_lines_that_end_before_the_column_are_named():
    result = load(b"name;email\nann\nbob;bob@example.org\n")

    assert result.rejected == [(2, "The line ends before the column “email”.")]


def test_a_forgotten_quote_spoils_one_line_only():
    result = load(b'name,email\n"Ann,ann@example.org\nBob,bob@example.org\nCy,cy@example.org\n')

    assert [line for line, _ in result.rejected] == [2]
    assert result.added == 2


def test_a_line_in_another_encoding_is_named():
    result = load("ann@example.org\njörg@example.org\n".encode("latin-1"))

    assert result.added == 1
    assert result.rejected == [(2, "The identifier holds half a character: it was cut, or is not UTF-8.")]


def test_a_line_of_a_megabyte_is_one_reject():
    result = load(b"ann@example.org\n" + b"x" * 1_000_000 + b"\nbob@example.org\n" + b"y" * 50_000)

    assert result.added == 2
    assert result.rejected == [(line, f"The line is longer than {LINE_LIMIT} bytes.") for line in (2, 4)]


def test_two_addresses_in_a_line_are_refused_rather_than_halved():
    result = load(b"ann@example.org;bob@example.org\ncy@example.org\n")

    assert [line for line, _ in result.rejected] == [1]
    assert result.added == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        ("email\nann@example.org\n".encode("utf-16"), "not UTF-8 text"),
        (b"PK\x03\x04\x14\0\x06\0", "not UTF-8 text"),
        (b"name,address\nAnn,ann@example.org\n", "names no column “email”"),
    ],
)
def test_a_file_that_is_no_list_is_refused_whole(content, words):
    with pytest.raises(UnreadableFile, match=words):
        load(content)

    assert not SuppressionList.objects.exists()
    assert not AuditEvent.objects.exists()


def test_what_stood_there_before_is_counted_and_gains_a_source():
    block("ann@example.org", list_name="old", reference="DEL-1")

    result = load(b"ann@example.org\nbob@example.org\nBOB@example.org\n")

    assert (result.added, result.known) == (1, 2)
    assert EntrySource.objects.filter(kind="import", reference=result.reference).count() == 2
    assert SuppressionEntry.objects.count() == 2


def test_the_event_tells_the_counts():
    result = load(b"ann@example.org\nnonsense\n")

    assert [event.action for event in AuditEvent.objects.order_by("seq")] == [
        "suppression.added",
        "suppression.imported",
    ]
    event = AuditEvent.objects.last()
    assert event.subject == "list/old"
    assert event.entry["facts"] == {
        "list": "old",
        "source": "import",
        "reference": result.reference,
        "added": 1,
        "known": 0,
        "rejected": 1,
    }


class CutOff(BytesIO):
    """A file on a disk that goes away."""

    def readline(self, limit: int = -1) -> bytes:
        if self.tell() > len(self.getbuffer()) // 2:
            raise OSError
        return super().readline(limit)


def test_a_crash_keeps_what_was_done_and_the_same_file_again_doubles_nobody():
    content = "".join(f"p{number}@example.org\n" for number in range(4 * CHUNK)).encode()

    with pytest.raises(OSError):  # noqa: PT011  (the disk's own error, unchanged)
        import_file(CutOff(content), list_name="old", by=WORKER, at=NOW)
    half = SuppressionEntry.objects.count()
    result = load(content)

    assert half == 2 * CHUNK
    assert (result.added, result.known) == (2 * CHUNK, 2 * CHUNK)
    assert SuppressionEntry.objects.count() == 4 * CHUNK
    assert [event.action for event in AuditEvent.objects.order_by("seq")] == [
        *["suppression.added"] * 6,
        "suppression.imported",
    ]


def test_each_chunk_is_told_by_its_last_line():
    told: list[int] = []
    content = "".join(f"p{number}@example.org\n\n" for number in range(CHUNK + 1)).encode()

    import_file(BytesIO(content), list_name="old", by=WORKER, at=NOW, tell=told.append)

    assert told == [2 * CHUNK - 1, 2 * CHUNK + 1]


def test_the_auditor_imports_nothing(carol):
    with pytest.raises(NotAllowed):
        import_file(BytesIO(b"ann@example.org"), list_name="old", by=Actor.page(carol), at=NOW)


def run(path, list_name="old") -> tuple[str, str, int]:
    out, err = StringIO(), StringIO()
    try:
        call_command("import_suppressions", str(path), "--list", list_name, stdout=out, stderr=err)
    except CommandError as error:
        return out.getvalue(), f"{err.getvalue()}{error}", error.returncode
    return out.getvalue(), err.getvalue(), 0


def test_the_command_makes_the_list_and_ends_with_zero(tmp_path):
    (tmp_path / "list.txt").write_text("ann@example.org\n")

    out, err, code = run(tmp_path / "list.txt")

    assert (err, code) == ("", 0)
    assert out.startswith("1 added to old, 0 known before")
    assert {event.actor for event in AuditEvent.objects.all()} == {"operator"}


def test_the_command_lists_refused_lines_and_ends_with_three(tmp_path):
    (tmp_path / "list.txt").write_text("ann@example.org\nsecret-name\n")

    out, err, code = run(tmp_path / "list.txt")

    assert code == 3
    assert "line 2: An e-mail address has one @" in err
    assert "secret-name" not in out + err
    assert is_blocked("ann@example.org")


def test_the_command_tells_wrong_use_from_failure(tmp_path):
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "list.txt").write_text("ann@example.org\n")

    assert run(tmp_path / "none.txt")[2] == 2
    assert run(tmp_path / "list.txt", list_name="No Name")[2] == 2
    assert run(tmp_path / "empty.txt")[2] == 1
