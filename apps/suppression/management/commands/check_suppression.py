import csv
import io
import json
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.audit.actors import Actor, NotAllowed
from apps.audit.management.acting import SOME_REFUSED, USAGE, actor_named
from apps.privacy.cells import plain_cell
from apps.suppression.asking import KINDS
from apps.suppression.files import Chunk, Layout, read_chunks
from apps.suppression.selectors import Answer
from apps.suppression.services import check_many
from apps.vendors.models import VendorAccount

AT_ONCE = 5_000  # lines; they are answered when so many have come, or the last one
COLUMNS = ("line", "status", "lists", "since", "problem")
ECHO = "identifier"
BLOCKED, FREE, REFUSED, UNSURE = "blocked", "free", "refused", "unsure"

Row = dict[str, object]
Encode = Callable[[Iterable[Row]], str]


class Command(BaseCommand):
    help = (
        "Tell for each line of standard input whether a list blocks it: blocked, free, refused where the line can "
        "identify nobody, or unsure where a digest does not tell: treat all but free as suppressed. One line of answer "
        "for each line, in order; the answer names the line by its number. Any number of lines. Exit code 3: some "
        "lines were refused, or are unsure."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--kind", default="email", choices=KINDS, help="what stands in each line (email); a digest is KEY_ID:HEX"
        )
        parser.add_argument("--account", metavar="NAME", help="ask the lists that block at this vendor account")
        parser.add_argument("--format", dest="as_format", default="csv", choices=ENCODERS, help="csv, or JSON lines")
        parser.add_argument("--echo", action="store_true", help="repeat what stood in the line; it is personal data")
        parser.add_argument("--as", dest="user", metavar="USER", help="user name to act as (the operator)")

    def handle(
        self, *, kind: str, account: str | None, as_format: str, echo: bool, user: str | None, **options: object
    ) -> None:
        by, where = actor_named(user), _account(account)
        columns = (*COLUMNS, *([ECHO] if echo else []))
        encode, statuses = ENCODERS[as_format](columns), Counter()
        if as_format == "csv":
            self.stdout.write(",".join(columns))
        for chunk in read_chunks(sys.stdin.buffer, Layout(), most=lambda: AT_ONCE):
            answers = _answers(chunk, kind, where, by)
            statuses.update(map(_status, answers))
            self.stdout.write(encode(_rows(chunk, answers)), ending="")
        if statuses[REFUSED] or statuses[UNSURE]:
            told = f"{statuses[REFUSED]} lines were refused, {statuses[UNSURE]} are unsure: treat both as suppressed."
            raise CommandError(told, returncode=SOME_REFUSED)


def _account(name: str | None) -> VendorAccount | None:
    if name is None:
        return None
    account = VendorAccount.objects.filter(name=name).first()
    if account is None:
        raise CommandError(f"There is no vendor account “{name}”.", returncode=USAGE)
    return account


def _answers(chunk: Chunk, kind: str, account: VendorAccount | None, by: Actor) -> list[Answer]:
    try:
        answers = check_many(((kind, value) for value in chunk.values), by=by, at=timezone.now(), account=account)
    except NotAllowed as refusal:
        raise CommandError(str(refusal), returncode=USAGE) from None
    for index, problem in chunk.problems.items():
        answers[index] = Answer(problem=problem)
    return answers


def _rows(chunk: Chunk, answers: list[Answer]) -> Iterator[Row]:
    for number, (line, answer) in enumerate(zip(chunk.lines, answers, strict=True), start=chunk.first):
        yield {"line": number, **_told(answer), ECHO: line.decode("utf-8", "replace").rstrip("\r\n")}


def _told(answer: Answer) -> Row:
    status = _status(answer)
    if not answer.hits:
        return {"status": status, "lists": [], "since": None, "problem": answer.problem}
    since = answer.since.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {"status": status, "lists": answer.lists, "since": since, "problem": ""}


def _status(answer: Answer) -> str:
    if answer.problem:
        return UNSURE if answer.is_unsure else REFUSED
    return BLOCKED if answer.hits else FREE


def _csv_of(columns: tuple[str, ...]) -> Encode:
    def encode(rows: Iterable[Row]) -> str:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([_cell(row[name]) for name in columns] for row in rows)
        return text.getvalue()

    return encode


def _cell(value: object) -> object:
    if isinstance(value, list):
        return " ".join(value)
    return plain_cell(value) if isinstance(value, str) else value


def _json_lines_of(columns: tuple[str, ...]) -> Encode:
    def encode(rows: Iterable[Row]) -> str:
        told = ({name: row[name] for name in columns} for row in rows)
        return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in told)

    return encode


ENCODERS = {"csv": _csv_of, "jsonl": _json_lines_of}
