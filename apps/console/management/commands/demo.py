import os
import shutil
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command

from apps.console.demo.accounts import Login, make_accounts
from apps.console.demo.processes import Child, Patience, Stopped, Unfit, is_answering, is_port_used, stop_all
from apps.console.demo.variables import fresh_variables, hurried_accounts, port_of, real_hosts, write_variables
from apps.console.services import sync_roles

LOGS = settings.VAR_DIR / "demo"
SANDBOX = [sys.executable, "-m", "apps.sandbox"]
SANDBOX_PORT = 8900
# The sandbox answers at once, so that a minute without an answer means hung workers; the demo kills after 10 seconds.
WORKERS = [sys.executable, "manage.py", "run_cluster", "--silence=60", "--grace=8"]
WEB = [sys.executable, "-m", "gunicorn", "compliance_console.wsgi", "--threads", "8", "--no-control-socket"]


class Command(BaseCommand):
    help = "Run the console on this machine: web server, workers and a sandbox of the vendors, until Ctrl-C."
    requires_system_checks = ()  # before the first run there is no .env to check

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--port",
            type=int,
            choices=range(1, 65_536),
            metavar="PORT",
            default=8000,
            help="port of the web server (8000)",
        )

    def handle(self, *, port: int, **options: Any) -> None:
        self.children: list[Child] = []
        self.patience = Patience()
        try:
            self._show(port)
        except Stopped:
            self._say("\nStopping …")
        except Unfit as error:
            raise CommandError(str(error)) from None
        finally:
            stop_all(self.children)

    def _show(self, port: int) -> None:
        _require_free(port, f"Choose another one: make demo PORT={port + 1}")
        if not settings.ENV_FILE.exists():
            self._write_variables()
            os.execv(sys.executable, sys.orig_argv)  # noqa: S606 (begin again, now with variables)
        self.check()
        sandbox_port = _require_sandbox()
        _clear_logs()
        logins = self._prepare()
        self._start_all(port, sandbox_port)
        self._welcome(port, sandbox_port, logins)
        self.patience.watch(self.children, say=self._say)

    def _write_variables(self) -> None:
        """Let the sandbox name the keys it takes, and write .env with them and with fresh keys of our own."""
        self._say(f"Writing {settings.ENV_FILE}, with fresh keys")
        _clear_logs()
        variables = fresh_variables()
        port = 0 if is_port_used(SANDBOX_PORT) else SANDBOX_PORT
        sandbox = self._start("sandbox", [*SANDBOX, "--port", str(port)])
        self.patience.wait_until(lambda: len(hurried_accounts(sandbox.printed())) == 2, sandbox)
        stop_all(self.children)
        write_variables(settings.ENV_FILE, variables | hurried_accounts(sandbox.printed()))

    def _prepare(self) -> list[Login]:
        self._say("Preparing the database, the pages and the accounts")
        call_command("migrate", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)
        with (LOGS / "sync_vendors.log").open("w") as log:
            call_command("sync_vendors", stdout=log)
        sync_roles()
        return make_accounts(settings.DEMO_PASSWORD)

    def _start_all(self, port: int, sandbox_port: int) -> None:
        self._say("Starting the sandbox, the workers and the web server")
        people = settings.VAR_DIR / "sandbox.json"
        sandbox = self._start("sandbox", [*SANDBOX, "--port", str(sandbox_port), "--state", str(people)])
        self.patience.wait_until(lambda: is_answering(sandbox_port), sandbox)
        self._start("keeper of the workers", WORKERS, is_replaceable=True)
        web = self._start("web server", [*WEB, "--bind", f"127.0.0.1:{port}"])
        self.patience.wait_until(lambda: is_answering(port), web)

    def _start(self, name: str, command: list[str], *, is_replaceable: bool = False) -> Child:
        child = Child(name, command, log=LOGS / f"{name.replace(' ', '_')}.log", is_replaceable=is_replaceable)
        self.children.append(child)
        child.start()
        return child

    def _welcome(self, port: int, sandbox_port: int, logins: list[Login]) -> None:
        lines = [
            "",
            f"  Compliance Console   http://127.0.0.1:{port}/",
            f"  Vendor sandbox       http://127.0.0.1:{sandbox_port}/_sandbox/",
            "",
            *(
                f"  {login.username:<6} {login.role:<9} {login.password or '(own password)'}  {login.job}"
                for login in logins
            ),
            "",
            f"  Ctrl-C stops everything. Logs are in {LOGS}",
            "",
        ]
        self._say("\n".join(lines))

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _clear_logs() -> None:
    """Start new logs; those of the last run stay beside them, since a crash is looked into afterwards."""
    last_run = LOGS.with_name("demo.last")
    shutil.rmtree(last_run, ignore_errors=True)
    if LOGS.exists():
        LOGS.rename(last_run)
    LOGS.mkdir(mode=0o700)


def _require_free(port: int, advice: str) -> None:
    if is_port_used(port):
        raise CommandError(f"Port {port} is in use. {advice}", returncode=2)


def _require_sandbox() -> int:
    """Return the port of the sandbox; refuse variables that the demo did not write, such as those of real accounts."""
    urls = settings.VENDOR_SECRET_URLS.values()
    port = port_of(urls)
    if real_hosts(urls) or not port or not settings.DEMO_PASSWORD:
        where = ", ".join(real_hosts(urls)) or "no sandbox of a demo"
        raise CommandError(
            f"The accounts of {settings.ENV_FILE} point at {where}. A demo works with its own sandbox only: "
            "move that file away, or name another one: make demo ENV_FILE=demo.env",
            returncode=2,
        )
    _require_free(port, f"{settings.ENV_FILE} keeps it for the sandbox: is another demo running?")
    return port
