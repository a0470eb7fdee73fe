"""Files as people have them: each good line counts, each bad one is named, nothing is swallowed."""

import base64
import hashlib
import os
import resource
from datetime import datetime, timedelta
from io import BytesIO, StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.test import override_settings

from apps.audit.actors import Actor, NotAllowed
from apps.audit.models import AuditEvent
from apps.privacy.digests import digest
from apps.suppression.files import LINE_LIMIT, UnreadableFile
from apps.suppression.models import EntrySource, ImportReject, SuppressionEntry, SuppressionImport, SuppressionList
from apps.suppression.selectors import blocks
from apps.suppression.services import ImportResult, Overtaken, import_file, importing, lift
from tests.constants import NOW
from tests.suppression.builders import WORKER, block

pytestmark = pytest.mark.django_db


def load(content: bytes, list_name: str = "old", identifiers: str = "email") -> SuppressionImport:
    return again(content, list_name, identifiers).source


def again(content: bytes, list_name: str = "old", identifiers: str = "email", at: datetime = NOW) -> ImportResult:
    file = BytesIO(content)
    return import_file(file, list_name=list_name, identifiers=identifiers, by=WORKER, clock=lambda: at)


def rejects() -> list[tuple[int, str]]:
    return list(ImportReject.objects.order_by("line").values_list("line", "reason"))


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

    assert (result.added, result.known, result.rejected) == (2, 0, 0)
    assert is_blocked("ann@example.org")
    assert is_blocked("jörg@example.org")


def test_bad_lines_are_named_with_a_reason_and_good_ones_count():
    result = load(b"email;name\nann@example.org;A\nnonsense;B\n;C\n\nbob@example.org;D\nx@exa_mple.org;E\n")

    assert result.added == 2
    assert result.rejected == 3
    assert [line for line, _ in rejects()] == [3, 4, 7]
    assert "nonsense" not in str(rejects())


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("  ANN@Example.ORG \t", "ann@example.org"),
        ("ann+news@example.org", "Ann+News@example.org"),
        ("\u200bann@example.org\ufeff", "ann@example.org"),
        ("info@MÜNCHEN.de", "info@xn--mnchen-3ya.de"),
        ("用户@例え。jp", "用户@xn--r8jz45g.jp"),
        ("jose\u0301@example.com", "JOSÉ@example.com"),
    ],
)
def test_a_spelling_in_a_file_blocks_every_other_one(written, asked):
    result = load(f"bob@example.org\r\n{written}\r\n".encode())

    assert (result.added, result.rejected) == (2, 0)
    assert is_blocked(asked)
    assert not is_blocked("ann+other@example.org")


@pytest.mark.full
def test_two_gigabytes_are_read_in_constant_memory(tmp_path):
    file = tmp_path / "people.txt"
    with file.open("wb") as stream:
        stream.write(people(60_000))
        stream.truncate(2 * 1024**3)  # a hole, which reads as one line of NULs
        stream.seek(0, os.SEEK_END)
        stream.write(b"\nlast@example.org\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    out, err, code = run(file)

    assert code == 3
    assert out.startswith("60001 added to old, 0 known before")
    assert "line 120001: The line is longer than 10000 bytes." in err
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000
    assert is_blocked("last@example.org")


def test_each_entry_shows_the_mask_of_its_own_person():
    load(b"Zoe@example.org\nann@b.example\n")

    people = ("zoe@example.org", "ann@b.example")
    shown = {address: found.masked for address in people for found in blocks("email", address, NOW)}
    assert shown == {"zoe@example.org": "z•••@e•••.org", "ann@b.example": "a•••@b•••.example"}


def test_lines_that_end_before_the_column_are_named():
    load(b"name;email\nann\nbob;bob@example.org\n")

    assert rejects() == [(2, "The line ends before the column with the identifier.")]


@pytest.mark.parametrize(
    ("heading", "bad", "good"),
    [
        ("email", "bob@example.org,cy@example.org", "ann@example.org"),
        ("email,", "bob@example.org,cy@example.org", "ann@example.org, ,"),
        ("email\tname", "bob@example.org\t\tcy@example.org", "ann@example.org\t \t"),
        ("email", '"bob@example.org","cy@example.org"', '"ann@example.org",""'),
        ("email;name", "bob@example.org;Bob;cy@example.org", "ann@example.org;Ann;"),
        ("name,email", "Bob,bob@example.org,cy@example.org", '"Bee, Ann",ann@example.org'),
        ("name,email", "Bee, Bob,bob@example.org", "Ann,ann@example.org, "),
    ],
)
def test_a_line_with_more_cells_than_its_heading_is_refused_rather_than_halved(heading, bad, good):
    result = load(f"{heading}\n{bad}\n{good}\n".encode())

    assert (result.added, result.rejected) == (1, 1)
    assert rejects() == [(2, "The line has more cells than the heading.")]
    assert is_blocked("ann@example.org")


def test_a_forgotten_quote_spoils_one_line_only():
    result = load(b'name,email\n"Ann,ann@example.org\nBob,bob@example.org\nCy,cy@example.org\n')

    assert [line for line, _ in rejects()] == [2]
    assert result.added == 2


def test_a_line_in_another_encoding_is_named():
    result = load("ann@example.org\njörg@example.org\n".encode("latin-1"))

    assert result.added == 1
    assert rejects() == [(2, "The identifier holds half a character: it was cut, or is not UTF-8.")]


@pytest.mark.parametrize("written", ["mailto:bob@example.org", "Mailto:bob@example.org", "also:bob@example.org"])
def test_what_stands_before_an_address_is_refused_rather_than_taken_as_somebody_else(written):
    result = load(f"ann@example.org\n{written}\n".encode())

    assert (result.added, result.rejected) == (1, 1)
    assert [line for line, _ in rejects()] == [2]
    assert "remove" in rejects()[0][1]


def test_a_line_of_a_megabyte_is_one_reject():
    result = load(b"ann@example.org\n" + b"x" * 1_000_000 + b"\nbob@example.org\n" + b"y" * 50_000)

    assert result.added == 2
    assert rejects() == [(line, f"The line is longer than {LINE_LIMIT} bytes.") for line in (2, 4)]


def test_two_addresses_in_a_line_are_refused_rather_than_halved():
    result = load(b"ann@example.org;bob@example.org\ncy@example.org\n")

    assert [line for line, _ in rejects()] == [1]
    assert result.added == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        ("email\nann@example.org\n".encode("utf-16"), "not UTF-8 text"),
        (b"PK\x03\x04\x14\0\x06\0", "not UTF-8 text"),
        (b"name,address\nAnn,ann@example.org\n", "does not name the column “email”"),
        (b"email\rann@example.org\rbob@example.org\r", "end with CR"),
        (b"ann@example.org\rbob@example.org\r", "end with CR"),
        (b"ann@example.org,Ann\nbob@example.org,Bob\n", "does not name the column “email”"),
        (b"Ann;ann@example.org\nBob;bob@example.org\n", "does not name the column “email”"),
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
    gained = EntrySource.objects.get(kind="import", reference=result.reference)
    assert gained.entry.source_import is None
    assert SuppressionEntry.objects.get(source_import=result).sources.count() == 0


def test_the_events_tell_the_start_and_the_counts():
    result = load(b"ann@example.org\nnonsense\n")

    events = AuditEvent.objects.order_by("seq")
    assert [(event.action, event.subject) for event in events] == [
        ("suppression.import_started", "list/old"),
        ("suppression.imported", "list/old"),
    ]
    assert events[1].entry["facts"] == {
        "list": "old",
        "source": "import",
        "reference": result.reference,
        "added": 1,
        "known": 0,
        "rejected": 1,
    }


def test_the_auditor_imports_nothing(carol):
    with pytest.raises(NotAllowed):
        import_file(
            BytesIO(b"ann@example.org"), list_name="old", identifiers="email", by=Actor.page(carol), clock=lambda: NOW
        )


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(importing, "CHUNK", 500)


def people(count: int) -> bytes:
    return "".join(f"p{number}@example.org\n\n" for number in range(count)).encode()


class CutOff(BytesIO):
    """A file on a disk that goes away half-way through the second reading, after it was measured."""

    served = 0

    def readinto(self, buffer) -> int:
        if self.served > 1.5 * len(self.getbuffer()):
            raise OSError
        size = super().readinto(memoryview(buffer)[:4_096])
        self.served += size
        return size


def test_an_import_that_broke_off_goes_on_where_it_stopped(small_chunks):
    with pytest.raises(OSError):  # noqa: PT011  (the disk's own error, unchanged)
        import_file(CutOff(people(2_000)), list_name="old", identifiers="email", by=WORKER, clock=lambda: NOW)
    half = SuppressionImport.objects.get()
    result = again(people(2_000))

    assert 0 < half.added < 2_000
    assert half.line == 2 * half.added
    assert result.source == half
    assert (result.source.added, result.source.known, result.was_done_before) == (2_000, 0, False)
    assert SuppressionEntry.objects.count() == 2_000


def test_the_same_file_again_does_nothing_and_says_so():
    first = again(b"ann@example.org\n")
    second = again(b"ann@example.org\n")
    elsewhere = again(b"ann@example.org\n", list_name="other")

    assert (first.was_done_before, second.was_done_before, elsewhere.was_done_before) == (False, True, False)
    assert second.source == first.source
    assert [event.action for event in AuditEvent.objects.order_by("seq")] == [
        *["suppression.import_started", "suppression.imported"] * 2
    ]


def test_the_same_file_puts_off_the_ends_of_a_list_that_lets_entries_expire():
    load(b"bob@example.org\n")
    SuppressionList.objects.update(entries_expire_after_days=30)
    first, later = again(b"ann@example.org\n"), NOW + timedelta(days=40)

    second = again(b"ann@example.org\n", at=later)

    assert not second.was_done_before
    assert second.source != first.source
    assert (second.source.added, second.source.known) == (0, 1)
    assert blocks("email", "ann@example.org", later)


def test_the_same_file_is_read_anew_where_lines_were_refused(settings):
    newer = base64.b64encode(b"n" * 32).decode()
    with override_settings(DIGEST_PEPPERS=f"new:{newer}"):
        made = digest("email", "ann@example.org")
    readable = digest("email", "bob@example.org")
    file = "".join(f"{keyed.key_id}:{keyed.value.hex()}\n" for keyed in (made, readable)).encode()
    first = again(file, identifiers="digests")
    settings.DIGEST_PEPPERS = f"{settings.DIGEST_PEPPERS},new:{newer}"

    second = again(file, identifiers="digests")

    assert first.source.rejected == 1
    assert (second.was_done_before, second.source.added, second.source.known) == (False, 1, 1)
    assert second.source.rejected == 0
    assert is_blocked("ann@example.org")
    assert again(file, identifiers="digests").was_done_before


def test_two_runs_of_one_import_do_nothing_twice(small_chunks):
    told = []

    def interrupt(line: int) -> None:
        told.append(line)
        if len(told) == 1:
            again(people(1_000))

    file = BytesIO(people(1_000))
    options = {"list_name": "old", "identifiers": "email", "by": WORKER, "clock": lambda: NOW}
    with pytest.raises(Overtaken):
        import_file(file, **options, watch=lambda _: interrupt)

    assert SuppressionEntry.objects.count() == 1_000
    assert SuppressionImport.objects.get().added == 1_000


def test_a_run_that_finds_the_mark_moved_writes_nothing_more(small_chunks):
    def overtake(line: int) -> None:
        SuppressionImport.objects.update(position=F("position") + 1)

    file = BytesIO(people(1_000))
    options = {"list_name": "old", "identifiers": "email", "by": WORKER, "clock": lambda: NOW}
    with pytest.raises(Overtaken, match="nothing was done twice"):
        import_file(file, **options, watch=lambda _: overtake)

    assert SuppressionEntry.objects.count() == SuppressionImport.objects.get().added == 250


def test_each_chunk_is_told_by_its_last_line(small_chunks):
    told: list[int] = []
    totals: list[int] = []

    def watch(total: int):
        totals.append(total)
        return told.append

    file = BytesIO(people(501))
    import_file(file, list_name="old", identifiers="email", by=WORKER, clock=lambda: NOW, watch=watch)

    assert totals == [1_002]
    assert told == [500, 1_000, 1_002]


def test_a_pipe_is_read_once_and_known_afterwards(tmp_path):
    read, write = os.pipe()
    with os.fdopen(read, "rb") as pipe, os.fdopen(write, "wb") as mouth:
        mouth.write(b"email,name\nann@example.org,Ann\n")
        mouth.close()
        first = import_file(pipe, list_name="old", identifiers="email", by=WORKER, clock=lambda: NOW)
    second = again(b"email,name\nann@example.org,Ann\n")

    assert first.source.added == 1
    assert second.was_done_before


def test_entries_end_when_their_list_says_so_and_a_later_end_wins():
    block("ann@example.org", list_name="old", reference="DEL-1")
    SuppressionEntry.objects.update(expires_at=NOW + timedelta(days=1))
    SuppressionList.objects.update(entries_expire_after_days=30)

    load(b"ann@example.org\nbob@example.org\n")

    assert {entry.expires_at for entry in SuppressionEntry.objects.all()} == {NOW + timedelta(days=30)}


def test_an_import_without_an_end_outlives_the_end_of_an_earlier_source():
    block("ann@example.org", list_name="old", reference="DEL-1")
    SuppressionEntry.objects.update(expires_at=NOW - timedelta(days=1))

    load(b"ann@example.org\n")

    assert is_blocked("ann@example.org")


def test_who_was_lifted_is_put_on_the_list_anew_and_the_lifted_entry_stays():
    block("ann@example.org", list_name="old")
    lift(SuppressionEntry.objects.get(), reason="came_back", by=WORKER, at=NOW)

    result = load(b"ann@example.org\n")

    assert result.added == 1
    assert SuppressionEntry.objects.filter(lift_reason="came_back").count() == 1


def test_an_entry_of_an_older_pepper_is_known(settings):
    block("ann@example.org", list_name="old")
    newer = base64.b64encode(b"n" * 32).decode()
    settings.DIGEST_PEPPERS = f"new:{newer},{settings.DIGEST_PEPPERS}"

    result = load(b"ann@example.org\nbob@example.org\n")

    assert (result.added, result.known) == (1, 1)
    assert SuppressionEntry.objects.get(source_import=result).key_id == "new"
    assert EntrySource.objects.filter(reference=result.reference).count() == 1


def test_digests_of_other_tools_block_the_address_that_they_are_of():
    digest = hashlib.sha256(b"ann@example.org").hexdigest()

    result = load(f"sha256\n{digest.upper()}\n12345\n".encode(), identifiers="email_sha256")

    assert (result.added, result.rejected) == (1, 1)
    assert rejects() == [(3, "A SHA-256 digest is 64 hexadecimal digits.")]
    assert is_blocked("Ann@example.org")
    assert bytes.fromhex(digest) not in bytes(SuppressionEntry.objects.get().digest)


@pytest.mark.parametrize(
    "template",
    [
        "{key}:{hex}\n",
        "kind,key_id,digest\nemail,{key},{hex}\n",
        "# a handover file\n#\nkind,key_id,digest,list,since\nemail,{key},{hex},erased,2026-06-01\n",
    ],
)
def test_digests_of_this_console_block_the_person_that_they_are_of(template):
    made = digest("email", "ann@example.org")

    result = load(template.format(key=made.key_id, hex=made.value.hex()).encode(), identifiers="digests")

    assert result.added == 1
    assert is_blocked("ann@example.org")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f"gone:{'a' * 64}", "a key that is not among DIGEST_PEPPERS"),
        ("test1:abc", "64 hexadecimal digits"),
        ("a" * 64, "the id of its key"),
    ],
)
def test_digests_that_nobody_could_look_up_are_refused(line, words):
    readable = digest("email", "bob@example.org")

    load(f"{line}\n{readable.key_id}:{readable.value.hex()}\n".encode(), identifiers="digests")

    assert words in rejects()[0][1]


def test_customer_ids_stand_beside_addresses_of_the_same_spelling():
    load(b"customer_id\n4711\n", identifiers="customer_id")

    assert blocks("customer_id", "4711", NOW)
    assert not blocks("cookie", "4711", NOW)


def test_rejects_are_kept_up_to_a_limit_and_counted_beyond(monkeypatch):
    monkeypatch.setattr(importing, "MOST_REJECTS", 3)

    result = load(b"ann@example.org\n" + b"nonsense\n" * 5)

    assert result.rejected == 5
    assert [line for line, _ in rejects()] == [2, 3, 4]


def test_a_file_whose_first_thousand_lines_are_refused_is_refused_whole():
    with pytest.raises(UnreadableFile, match="first 1,000 lines are all refused, line 1 because: An e-mail"):
        load(b"nonsense\n" * 1_000 + b"ann@example.org\n")

    assert not SuppressionList.objects.exists()


@pytest.mark.parametrize("content", [b"nonsense\n", b"email\nnonsense\n\n", b"\nann\nbob\n", b"nonsense"])
def test_a_file_whose_every_line_is_refused_is_refused_whole_however_short(content):
    with pytest.raises(UnreadableFile, match=r"^Every line is refused, line \d because: An e-mail [^.]*\.$"):
        load(content)

    assert not SuppressionList.objects.exists()
    assert not SuppressionImport.objects.exists()
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("heading", ["", "sha256\n", "\ufeffhash\n"])
@pytest.mark.parametrize("count", [2, 1_200])
@pytest.mark.parametrize("identifiers", ["email", "digests"])
def test_a_file_of_another_kind_is_refused_with_the_likely_one(heading, count, identifiers):
    digests = "".join(f"{hashlib.sha256(bytes([n % 250])).hexdigest()}\n" for n in range(count))

    with pytest.raises(UnreadableFile, match="This looks like email_sha256"):
        load(f"{heading}{digests}".encode(), identifiers=identifiers)

    assert not SuppressionList.objects.exists()


def test_addresses_taken_for_digests_are_recognised():
    with pytest.raises(UnreadableFile, match="This looks like email\\."):
        load(b"ann@example.org\n", identifiers="email_sha256")


def test_good_lines_below_many_bad_ones_count():
    result = load(b"nonsense\n" * 999 + b"ann@example.org\n")

    assert (result.added, result.rejected) == (1, 999)


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
