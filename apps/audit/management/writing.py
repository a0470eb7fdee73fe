"""Where a command writes what it exports: for this user's eyes only, and never half a file under its name."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.core.management.base import CommandError

from .acting import USAGE


@contextmanager
def opened(output: str) -> Iterator[BinaryIO]:
    """Open a file, a device or a pipe for writing; ``-`` is standard output."""
    path = Path(output)
    if output == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    elif path.exists() and not path.is_file():  # a device or a pipe, which a file must not replace
        with _created(path) as file:
            yield file
    else:
        with _moved_into_place(path) as file:
            yield file


@contextmanager
def _moved_into_place(path: Path) -> Iterator[BinaryIO]:
    """Write beside the file and move it into place at the end, so that half an export never has its name."""
    part = path.with_name(f"{path.name}.part")
    try:
        with _created(part) as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _created(path: Path) -> BinaryIO:
    """Open for this user's eyes only."""
    try:
        return open(path, "wb", opener=lambda name, flags: os.open(name, flags, 0o600))
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.", returncode=USAGE) from None
