"""Read identifiers from files as people have them: one per line, or CSV with a column of their kind.

Lines are read one by one, in constant memory: a forgotten quote spoils its own line instead of swallowing those below
it, and a line of a gigabyte is one refused line. Where a chunk ends, a later run can go on.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import BinaryIO

from apps.privacy.identifiers import trim

from .errors import SuppressionError

HEAD = 1024 * 1024  # bytes from which is told what the file is
DELIMITERS = ",;\t"
LINE_LIMIT = 10_000
CHUNK_BYTES = 2_000_000
READ_AT_ONCE = 500  # lines; as long as they may be, they fit into memory
BOM = b"\xef\xbb\xbf"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")

COMMENTED = {"digests"}  # a handover file tells above its columns how to use it; an address may begin with #

_EMAIL = (("email", "e-mail", "email address", "email_address"),)
_OTHER_TOOLS = (("email_sha256", "sha256"),)
# The columns that are needed, each under any of its names; of several a line's value is joined with colons.
COLUMNS = {"email": _EMAIL, "email_sha256": _OTHER_TOOLS, "digests": (("kind",), ("key_id",), ("digest",))}


class UnreadableFile(SuppressionError):
    """Nothing of the file can be used, and nothing of it was."""


@dataclass(frozen=True)
class Layout:
    """Where the identifier stands; without columns the whole line is one. ``heading``: lines above the first.

    ``width``: how many cells the heading has, up to its last name.
    """

    delimiter: str = ""
    columns: tuple[int, ...] = ()
    heading: int = 0
    width: int = 0


@dataclass(frozen=True)
class Chunk:
    """Some lines of the file in order: what stands in each, and by index what is wrong with some."""

    first: int
    lines: list[bytes] = field(repr=False)
    values: list[bytes] = field(repr=False)
    problems: dict[int, str]
    size: int

    @property
    def last(self) -> int:
        return self.first + len(self.lines) - 1

    def reason(self, index: int, refusal: Exception) -> str:
        """Return why a line gave no identifier; "" for a blank one."""
        is_blank = not trim(_text(self.lines[index]))
        return self.problems.get(index) or ("" if is_blank else str(refusal))


def find_layout(head: bytes, identifiers: str) -> Layout:
    """Tell from the first bytes how the file is laid out; raise UnreadableFile where it can hold no such list."""
    if b"\0" in head or head.startswith(UTF_16):
        raise UnreadableFile("The file is not UTF-8 text. Save it as “CSV UTF-8” and try again.")
    if b"\n" not in head and b"\r" in head.strip():
        raise UnreadableFile(
            "The lines end with CR, as on old Macs. Save the file with LF at their ends and try again."
        )
    for number, line in enumerate(head.removeprefix(BOM).split(b"\n"), start=1):
        text = trim(_text(line))
        if text and not (identifiers in COMMENTED and text.startswith("#")):
            return _layout(text, number, COLUMNS.get(identifiers, ((identifiers,),)))
    raise UnreadableFile("The file is empty.")


def read_chunks(stream: BinaryIO, layout: Layout, *, after_line: int = 0, most: Callable[[], int]) -> Iterator[Chunk]:
    """Yield chunks of up to ``most()`` lines from where the stream stands, which is behind the line ``after_line``."""
    while raws := _take(stream, most()):
        raws, problems, skipped = _mend(raws, stream)
        size = sum(map(len, raws)) + skipped
        if after_line == 0:
            raws[0] = raws[0].removeprefix(BOM)
        for index in range(min(max(0, layout.heading - after_line), len(raws))):
            raws[index] = b""
        yield Chunk(after_line + 1, raws, _values(raws, layout, problems), problems, size)
        after_line += len(raws)


def _take(stream: BinaryIO, most: int) -> list[bytes]:
    """Read lines, the overlong ones in several pieces; few enough that they fit into memory however long they are."""
    raws: list[bytes] = []
    pieces = iter(partial(stream.readline, LINE_LIMIT), b"")
    size = 0
    while len(raws) < most and size < CHUNK_BYTES:
        more = list(islice(pieces, min(READ_AT_ONCE, most - len(raws))))
        if not more:
            break
        raws += more
        size += sum(map(len, more))
    return raws


def _mend(raws: list[bytes], stream: BinaryIO) -> tuple[list[bytes], dict[int, str], int]:
    """Make one blank line with a problem of the pieces of an overlong one; return also how many bytes went with it."""
    if max(map(len, raws)) < LINE_LIMIT:
        return raws, {}, 0
    lines: list[bytes] = []
    problems: dict[int, str] = {}
    skipped, was_cut = 0, False
    for raw in raws:
        is_cut = len(raw) == LINE_LIMIT and not raw.endswith(b"\n")
        if is_cut and not was_cut:
            problems[len(lines)] = f"The line is longer than {LINE_LIMIT} bytes."
        if not was_cut:
            lines.append(b"" if is_cut else raw)
        skipped += len(raw) if was_cut or is_cut else 0
        was_cut = is_cut
    return lines, problems, skipped + (_skip_the_rest(stream) if was_cut else 0)


def _skip_the_rest(stream: BinaryIO) -> int:
    skipped = 0
    while raw := stream.readline(LINE_LIMIT):
        skipped += len(raw)
        if raw.endswith(b"\n"):
            break
    return skipped


def _layout(first: str, number: int, wanted: tuple[tuple[str, ...], ...]) -> Layout:
    delimiter = max(DELIMITERS, key=first.count)
    names = [trim(name).lower() for name in _split(first, delimiter)]
    columns = tuple(index for one_of in wanted if (index := _find(names, one_of)) is not None)
    if len(columns) == len(wanted):
        width = max(index for index, name in enumerate(names, start=1) if name)
        return Layout(delimiter, columns, number, width)
    # An address beside other words is a table without a heading; two addresses are one bad line of a list.
    most = 1 if wanted is _EMAIL else 0
    if delimiter in first.strip(delimiter) and first.count("@") <= most:
        needed = "”, “".join(one_of[0] for one_of in wanted)
        raise UnreadableFile(f"The first line does not name the column “{needed}”.")
    return Layout()


def _find(names: list[str], one_of: tuple[str, ...]) -> int | None:
    return next((names.index(name) for name in one_of if name in names), None)


def _values(raws: list[bytes], layout: Layout, problems: dict[int, str]) -> list[bytes]:
    is_quoted = b'"' in b"".join(raws)
    if not layout.columns:
        return [raw.strip().strip(b'"') for raw in raws] if is_quoted else raws
    delimiter = layout.delimiter.encode()
    if len(layout.columns) > 1:
        return [_cell(raw, layout, problems, index) for index, raw in enumerate(raws)]
    (column,) = layout.columns
    values = []
    for index, raw in enumerate(raws):
        if column <= raw.count(delimiter) < layout.width and b'"' not in raw:
            values.append(raw.split(delimiter, column + 1)[column])
        else:
            values.append(_cell(raw, layout, problems, index))
    return values


def _cell(raw: bytes, layout: Layout, problems: dict[int, str], index: int) -> bytes:
    """Read one line by the rules of CSV; a blank one, and one with too few or too many cells, give nothing."""
    cells = _split(_text(raw), layout.delimiter)
    if any(map(trim, cells[layout.width :])):
        problems[index] = "The line has more cells than the heading."
        return b""
    if len(cells) > max(layout.columns):
        return ":".join(trim(cells[column]) for column in layout.columns).encode("utf-8", "surrogateescape")
    if raw.strip() and index not in problems:
        problems[index] = "The line ends before the column with the identifier."
    return b""


def _split(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter))
    except (csv.Error, StopIteration):
        return []


def _text(raw: bytes) -> str:
    # What is not UTF-8 becomes half characters, which the identifier's own rules refuse with a reason.
    return raw.decode("utf-8", errors="surrogateescape").rstrip("\r\n")
