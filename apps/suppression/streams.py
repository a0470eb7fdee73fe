"""Where the bytes of a file come from, and what identifies it."""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

AT_ONCE = 1024 * 1024


@dataclass(frozen=True)
class Measured:
    """A file as a whole, by which it is known again."""

    size: int
    sha256: str
    lines: int


class Piped(io.RawIOBase):
    """What comes through a pipe: read once, and measured meanwhile. It fills a buffer whole, for a peek to see all."""

    def __init__(self, stream: BinaryIO):
        self._stream = stream
        self._sha256 = hashlib.sha256()
        self.size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self._sha256.update(data)
        self.size += len(data)
        return len(data)

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()


@contextmanager
def buffered(stream: BinaryIO) -> Iterator[io.BufferedReader]:
    """Lend a stream to a reader that can peek, and give it back open; it stands elsewhere then."""
    reader = io.BufferedReader(stream, AT_ONCE)
    try:
        yield reader
    finally:
        reader.detach()


def measure(stream: BinaryIO) -> Measured:
    """Read a file once from its start, and leave it there again."""
    stream.seek(0)
    size, lines, digest = 0, 0, hashlib.sha256()
    while data := stream.read(AT_ONCE):
        size += len(data)
        lines += data.count(b"\n")
        digest.update(data)
    stream.seek(0)
    return Measured(size, digest.hexdigest(), lines)
