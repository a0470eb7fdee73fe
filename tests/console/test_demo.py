"""`manage.py demo` as a person runs it: a process of its own, with files and ports of its own."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from apps.console.demo.variables import write_variables

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = Path("/proc")

pytestmark = pytest.mark.skipif(not PROCESSES.exists(), reason="What is left running is read from /proc.")


@pytest.fixture
def demo(tmp_path):
    """Return a function that starts a demo in this folder; whatever is left of it is killed afterwards."""
    started = []

    def start(port):
        process = subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--port", str(port)],
            cwd=ROOT,
            env=surroundings(tmp_path),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
    for pid in processes_of(tmp_path):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_it_runs_everything_and_leaves_no_process_behind(demo, tmp_path):
    port = free_port()
    process = demo(port)
    welcome = read_until(process, "Ctrl-C")

    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as page:  # noqa: S310
        assert (page.status, page.url) == (200, f"http://127.0.0.1:{port}/admin/login/?next=/admin/")
    assert all(name in welcome for name in ("alice", "bob", "carol", "olga", "/_sandbox/"))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)

    assert process.returncode == 0
    assert processes_of(tmp_path) == []


def test_a_second_run_keeps_keys_and_accounts(demo, tmp_path):
    first = demo(free_port())
    logins = logins_of(read_until(first, "Ctrl-C"))
    kept = (tmp_path / ".env").read_text()
    first.terminate()
    first.communicate(timeout=20)

    second = demo(free_port())

    assert logins_of(read_until(second, "Ctrl-C")) == logins
    assert (tmp_path / ".env").read_text() == kept
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600


def test_a_port_in_use_is_said_before_anything_starts(demo, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = demo(port)
        said, _ = process.communicate(timeout=20)

    assert process.returncode == 2
    assert f"Port {port} is in use. Choose another one: make demo PORT={port + 1}" in said
    assert not (tmp_path / ".env").exists()


def test_it_refuses_accounts_at_real_vendors(demo, tmp_path):
    write_variables(
        tmp_path / ".env",
        {
            "SECRET_KEY": "x" * 50,
            "VAULT_KEYS": "a:dGVzdC1rZXktdGVzdC1rZXktdGVzdC1rZXktMTIzNDU=",
            "DIGEST_PEPPERS": "a:dGVzdC1wZXBwZXItdGVzdC1wZXBwZXItdGVzdC0xMjM=",
            "VENDOR_BENTO": "bento://p:s@app.bentonow.com/5a9db0c5e1f24b0c8d6f3a7b2c4e6f80",
        },
    )

    process = demo(free_port())
    said, _ = process.communicate(timeout=20)

    assert (process.returncode, "app.bentonow.com" in said) == (2, True)
    assert processes_of(tmp_path) == []


def surroundings(folder):
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "ENV_FILE": str(folder / ".env"),
        "VAR_DIR": str(folder / "var"),
    }


def read_until(process, words):
    """Return what the demo has said, up to the line with these words."""
    said = []
    for line in process.stdout:
        said.append(line)
        if words in line:
            return "".join(said)
    raise AssertionError("The demo ended early:\n" + "".join(said))


def logins_of(welcome):
    return [line for line in welcome.splitlines() if line.strip().startswith(("alice", "bob", "carol", "olga"))]


def processes_of(folder):
    """List the processes that were started with this folder as theirs."""
    mark = f"VAR_DIR={folder / 'var'}".encode()
    found = []
    for entry in PROCESSES.glob("[0-9]*/environ"):
        with suppress(OSError):
            if mark in entry.read_bytes().split(b"\0"):
                found.append(int(entry.parent.name))
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
