import signal
import subprocess
import sys

import pytest

from apps.console.demo import processes
from apps.console.demo.accounts import make_accounts
from apps.console.demo.processes import Child, Patience, Stopped, Unfit, stop_all
from apps.console.demo.variables import hurried_accounts, port_of, real_hosts, write_variables
from apps.console.services import sync_roles

DEAF = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; print('grandchild', flush=True); time.sleep(60)"])
time.sleep(60)
"""


@pytest.fixture
def patience():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield Patience()
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def child_of(tmp_path):
    """Return a function that starts a child that runs this code; it is gone when the test is."""
    children = []

    def start(code, *, is_replaceable=False):
        child = Child("child", [sys.executable, "-c", code], log=tmp_path / "log", is_replaceable=is_replaceable)
        children.append(child)
        child.start()
        return child

    yield start
    for child in children:
        child.kill()


def test_a_group_that_is_deaf_to_being_asked_is_killed(child_of, patience, monkeypatch):
    monkeypatch.setattr(processes, "GRACE", 0.2)
    child = child_of(DEAF)
    patience.wait_until(lambda: "grandchild" in child.printed(), child)
    group = child.group

    stop_all([child])

    assert not child.is_running()
    assert members(group) == []


def test_a_worker_that_ends_is_replaced(child_of, patience, monkeypatch):
    monkeypatch.setattr(processes, "SETTLED", 0)
    child = child_of("print('here')", is_replaceable=True)
    said = []

    def say(text):
        said.append(text)
        if len(said) == 2:
            raise Stopped

    with pytest.raises(Stopped):
        patience.watch([child], say=say)

    assert said == ["The child has ended; another one takes over."] * 2


def test_a_worker_that_cannot_stay_up_ends_the_demo(child_of, patience):
    child = child_of("raise SystemExit('no such table')", is_replaceable=True)

    with pytest.raises(Unfit, match=r"The child has ended(.|\n)*no such table"):
        patience.watch([child], say=print)


def test_a_signal_ends_the_rest(patience):
    signal.raise_signal(signal.SIGTERM)

    with pytest.raises(Stopped):
        patience.rest()


def test_variables_are_never_written_over_others(tmp_path):
    write_variables(tmp_path / ".env", {"A": "1"})

    with pytest.raises(FileExistsError):
        write_variables(tmp_path / ".env", {"A": "2"})


def test_the_accounts_of_the_sandbox_are_read_back_within_a_minute():
    printed = "VENDOR_ONE=bento://k@127.0.0.1:9/S?tls=off\nready\nVENDOR_TWO=blueshift://k@127.0.0.1:9\n"

    accounts = hurried_accounts(printed)

    assert accounts["VENDOR_ONE"].endswith("?tls=off&verify_after=10s,30s,60s&retry_base=5s&abuse_fields=abuse_note")
    assert accounts["VENDOR_TWO"].endswith(":9?verify_after=10s,30s,60s&retry_base=5s&abuse_fields=abuse_note")
    assert (port_of(accounts.values()), real_hosts(accounts.values())) == (9, [])


@pytest.mark.django_db
def test_an_account_that_changed_its_password_keeps_it(django_user_model):
    sync_roles()
    make_accounts("first-password-of-all")
    alice = django_user_model.objects.get(username="alice")
    alice.set_password("one of her own choice")
    alice.save(update_fields=["password"])

    logins = {login.username: login.password for login in make_accounts("first-password-of-all")}

    assert (logins["alice"], logins["bob"]) == ("", "first-password-of-all")


def members(group):
    listed = subprocess.run(["ps", "-eo", "pgid,stat,args"], check=True, capture_output=True, text=True).stdout
    return [line for line in listed.splitlines() if line.split()[0] == str(group) and " Z" not in line]
