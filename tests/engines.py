"""Run the tests on every engine that this machine offers, and say at the end which engines that were.

    python -m tests.engines [--full] [options of pytest]

SQLite with the queue in the database runs everything. PostgreSQL with the queue on Redis runs what touches either of
them; of the browser tests a sample. With --full both run all of it, whole matrices included.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from xml.etree import ElementTree

from tests.servers import POSTGRESQL, REDIS, SQLITE, Found, Lost

DATABASE_OR_QUEUE = "database and (not browser or sample)"
NO_TESTS = 5  # pytest's exit code
# One more than there are cores, for tests that wait for processes.
WORKERS = ["-n", str(min((os.cpu_count() or 1) + 1, 8)), "--dist", "worksteal"]
MEMORY = Path("/dev/shm")  # noqa: S108  (every run makes a folder of its own there)
ROOM = 2 * 1024**3


@dataclass(frozen=True)
class Engine:
    """A database and a broker. ``variables`` are what makes the console use them; ``options`` are pytest's."""

    name: str
    variables: dict[str, str]
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    engine: Engine
    exit_code: int
    passed: int
    skipped: int

    @property
    def is_good(self) -> bool:
        return self.exit_code == 0 or (self.exit_code == NO_TESTS and bool(self.engine.options))

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.engine.name} ({self.passed} tests{skipped}{'' if self.is_good else ', FAILED'})"


def main(arguments: list[str]) -> int:
    servers = [kind.find(os.environ) for kind in (POSTGRESQL, REDIS)]
    broken = [server for server in servers if isinstance(server, Lost) and server.was_asked_for]
    if broken:
        _shout(f"{server.kind.name} was asked for: {server.reason}" for server in broken)
        return 1
    results = [_run(engine, arguments) for engine in engines(*servers, whole="--full" in arguments)]
    print("\nEngines covered: " + ", ".join(map(str, results)))
    _shout(f"NOT COVERED: {server.kind.name}: {server.reason}" for server in servers if isinstance(server, Lost))
    return 0 if all(result.is_good for result in results) else 1


def engines(database: Found | Lost, broker: Found | Lost, *, whole: bool) -> list[Engine]:
    """List SQLite with the queue in it and, if any server was found, whatever was found of PostgreSQL and Redis."""
    small = Engine(f"{SQLITE} + database broker", {"DATABASE_URL": "", "REDIS_URL": ""})
    found = [server for server in (database, broker) if isinstance(server, Found)]
    if not found:
        return [small]
    variables = small.variables | {server.kind.setting: server.address for server in found}
    if isinstance(database, Found):
        variables["DATABASE_URL"] = _own_database(database.address)
    name = f"{_name(database, SQLITE)} + {_name(broker, 'database broker')}"
    return [small, Engine(name, variables, () if whole else ("-m", DATABASE_OR_QUEUE))]


def in_memory(folder: Path) -> Path | None:
    """Return this folder if a run fits into it, else None, the usual place: in memory no commit waits for a disk."""
    return folder if folder.is_dir() and shutil.disk_usage(folder).free >= ROOM else None


def _run(engine: Engine, arguments: list[str]) -> Result:
    print(f"\n==== {engine.name} ====", flush=True)
    with tempfile.TemporaryDirectory(dir=in_memory(MEMORY)) as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", f"--junitxml={report}", *WORKERS, *engine.options, *arguments]
        exit_code = subprocess.run(command, env={**os.environ, **engine.variables, "TMPDIR": folder}).returncode
        return Result(engine, exit_code, *_counted(report))


def _counted(report: Path) -> tuple[int, int]:
    """Return how many tests passed and how many were skipped; a run that broke off early left no report."""
    if not report.exists():
        return 0, 0
    suite = ElementTree.parse(report).getroot()[0].attrib  # noqa: S314  (pytest has just written it)
    tests, skipped = int(suite["tests"]), int(suite["skipped"])
    return tests - skipped - int(suite["failures"]) - int(suite["errors"]), skipped


def _own_database(address: str) -> str:
    """Name a database after this run, so that two runs on one server do not drop each other's."""
    return urlunsplit(urlsplit(address)._replace(path=f"/console_{os.getpid()}"))


def _name(server: Found | Lost, otherwise: str) -> str:
    return f"{server.kind.name} {server.version}" if isinstance(server, Found) else otherwise


def _shout(lines: Iterable[str]) -> None:
    for line in lines:
        print(f"**** {line} ****", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
