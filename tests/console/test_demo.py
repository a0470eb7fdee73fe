"""`manage.py demo` as a person runs it: a process of its own, with files and ports of its own."""

import signal
import socket
import urllib.request

import pytest

from apps.console.demo.variables import write_variables
from tests.demo_process import demos, free_port, logins_of, processes_of, read_until
from tests.keeper_process import PROCESSES

pytestmark = pytest.mark.skipif(not PROCESSES.exists(), reason="What is left running is read from /proc.")


@pytest.fixture
def demo(tmp_path):
    with demos(tmp_path) as start:
        yield start


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
