"""The checker as a process of its own; it starts Django from the environment and changes nothing."""

import argparse
import json
import os
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compliance_console.settings")
django.setup()

from .checking import breaches  # noqa: E402 - models need a started Django
from .evidence import gather, journal_file  # noqa: E402
from .telling import stories_of  # noqa: E402


def main() -> int:
    asked = _options().parse_args()
    entries = journal_file(asked.journal) if asked.journal else _ask(asked.sandbox, "journal")["entries"]
    at = datetime.now(UTC) + timedelta(seconds=asked.later)
    people = _ask(asked.sandbox, "people")
    evidence = gather(entries, people, at=at, logs=tuple(asked.log), one_clock=asked.one_clock)
    found = breaches(evidence)
    for breach in found:
        sys.stdout.write(f"{breach}\n")
    for line in stories_of(found, evidence):
        sys.stdout.write(f"  {line}\n")
    sys.stdout.write(f"{len(entries)} requests compared, {len(found)} breaches.\n")
    return 1 if found else 0


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python -m tests.invariants", description=__doc__)
    options.add_argument("--sandbox", required=True, help="the address of a running sandbox")
    options.add_argument("--journal", type=Path, help="its journal file, where its memory was emptied meanwhile")
    options.add_argument("--log", type=Path, action="append", default=[], help="a log to search for addresses")
    options.add_argument("--later", type=float, default=0, help="seconds by which the console's clock is ahead")
    options.add_argument("--one-clock", action="store_true", help="the console's clock was not moved")
    return options


def _ask(sandbox: str, what: str) -> dict[str, Any]:
    with closing(HTTPConnection(urlsplit(sandbox).netloc, timeout=60)) as connection:
        connection.request("GET", f"/_sandbox/{what}")
        return json.loads(connection.getresponse().read())


if __name__ == "__main__":
    sys.exit(main())
