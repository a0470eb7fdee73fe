"""The process: what it prints, what it keeps, and how it ends."""

import json
import signal
import socket
import subprocess
import sys
from contextlib import closing

import pytest

from tests.sandbox.vendor_calls import BentoCaller
from tests.sandbox_process import ROOT, Sandbox

COMMANDS = [(sys.executable, "-m", "apps.sandbox"), (sys.executable, "manage.py", "sandbox")]


@pytest.mark.parametrize("command", COMMANDS, ids=["module", "command"])
def test_it_prints_two_accounts_and_ends_well(command):
    with Sandbox(command=command) as sandbox:
        assert sandbox.bento_url.startswith("bento://pk_")
        assert sandbox.bento_url.endswith("?tls=off")
        assert sandbox.blueshift_url.endswith(f"@127.0.0.1:{sandbox.port}?tls=off")

        assert sandbox.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_at_once_even_while_it_holds_a_request(number):
    process = _start("--port=0")
    port = int(process.stdout.readline().partition("@127.0.0.1:")[2].partition("/")[0])
    with closing(socket.create_connection(("127.0.0.1", port))) as line:
        line.sendall(b"POST /_sandbox/clock HTTP/1.1\r\nContent-Length: 10\r\n\r\n")
        process.send_signal(number)

        _, errors = process.communicate(timeout=5)

    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize("command", COMMANDS, ids=["module", "command"])
def test_a_port_in_use_is_one_sentence(running, command):
    done = subprocess.run([*command, f"--port={running.port}"], cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 2
    assert done.stderr.strip().endswith(
        f"Port {running.port} of 127.0.0.1 is in use or not allowed: choose another with --port."
    )
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("option", ["--port=70000", "--port=x", "--delay=-1", "--state=/", "--journal=/"])
def test_a_wrong_option_is_refused(option):
    done = subprocess.run([*COMMANDS[0], "--port=0", option], cwd=ROOT, capture_output=True, text=True)

    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_it_knows_the_same_people_after_a_restart(tmp_path):
    with Sandbox(state=tmp_path / "people.json") as sandbox, BentoCaller(sandbox) as bento:
        bento.delete("ada@example.com")
        bento.command("add_tag", "new@example.com", "fresh")
        before = sandbox.people()

    with Sandbox(state=tmp_path / "people.json") as sandbox:
        assert sandbox.people() == before


def test_it_finishes_after_a_restart_what_it_accepted_before(tmp_path):
    with Sandbox(state=tmp_path / "people.json", delay=60) as sandbox, BentoCaller(sandbox) as bento:
        bento.delete("ada@example.com")

    with Sandbox(state=tmp_path / "people.json") as sandbox:
        before = len(sandbox.people("ada@example.com")["bento"])
        sandbox.advance(61)

        assert (before, sandbox.people("ada@example.com")["bento"]) == (1, [])


def test_a_broken_state_file_is_named(tmp_path):
    (tmp_path / "people.json").write_text("{")

    done = subprocess.run(
        [*COMMANDS[0], "--port=0", f"--state={tmp_path / 'people.json'}"], cwd=ROOT, capture_output=True, text=True
    )

    assert (done.returncode, "people.json cannot be read" in done.stderr) == (2, True)


def test_a_journal_file_survives_a_power_cut(tmp_path):
    with Sandbox(journal=tmp_path / "journal.jsonl") as sandbox, BentoCaller(sandbox) as bento:
        bento.delete("ada@example.com")
        sandbox.kill()

    [line] = (tmp_path / "journal.jsonl").read_text().splitlines()
    assert json.loads(line)["identifiers"] == ["ada@example.com"]


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/9.9\r\n\r\n", b"505"),
        (b"BREW / HTTP/1.1\r\n\r\n", b"501"),
        (b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"411"),
    ],
)
def test_it_survives_malformed_requests(sandbox, request_bytes, status):
    with closing(socket.create_connection(("127.0.0.1", sandbox.port), timeout=5)) as line:
        line.sendall(request_bytes)
        answer = line.recv(4096)

    assert status in answer
    assert sandbox.journal() == []


def test_half_a_request_asks_for_nothing(bento, sandbox):
    form = f"site_uuid={bento.site}&data_deletion_request[email]=ada@example.com"
    head = "POST /api/v1/data_deletion_requests HTTP/1.1\r\n" + "".join(
        f"{name}: {value}\r\n" for name, value in {**bento.headers, "Content-Length": len(form) + 1}.items()
    )
    with closing(socket.create_connection(("127.0.0.1", sandbox.port), timeout=5)) as line:
        line.sendall(f"{head}\r\n{form}".encode())
        line.shutdown(socket.SHUT_WR)
        answer = line.recv(4096)

    assert (answer, sandbox.deletions()) == (b"", [])


def test_requests_in_flight_together_are_counted(sandbox):
    sandbox.fault(times=0, seconds=0.3)
    callers = [BentoCaller(sandbox) for _ in range(3)]
    for caller in callers:
        caller.connection.request("GET", f"/api/v1/fetch/tags?site_uuid={caller.site}", headers=caller.headers)
    for caller in callers:
        with caller:
            caller.connection.getresponse().read()

    assert max(entry["in_flight"] for entry in sandbox.journal()) == 3


def _start(*options):
    return subprocess.Popen(
        [*COMMANDS[0], *options], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
