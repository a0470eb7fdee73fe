"""A vendor sandbox in a process of its own, for tests: the evidence survives whatever happens to the console.

    with Sandbox() as sandbox:
        sandbox.fault(vendor="bento", path="data_deletion_requests", status=503)
        ...
        assert sandbox.deletions("ada@example.com") == [...]

Effects happen at once (`delay=0`), and no limit per minute holds, unless asked for otherwise.
"""

import json
import subprocess
import sys
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).resolve().parent.parent
Json = dict[str, Any]


class Sandbox:
    def __init__(self, *, delay: float = 0, port: int = 0, command: tuple[str, ...] = (), **options: Any) -> None:
        """Start and wait until it listens. `options` are further command-line options: state, journal, per_day…"""
        command = command or (sys.executable, "-m", "apps.sandbox")
        flags = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
        self._process = subprocess.Popen(
            [*command, f"--port={port}", f"--delay={delay}", *flags], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        self.bento_url = self._printed("VENDOR_BENTO=")
        self.blueshift_url = self._printed("VENDOR_BLUESHIFT=")
        self.port = urlsplit(self.bento_url).port
        self.base_url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def env(self) -> dict[str, str]:
        """What the sandbox printed, ready for an environment."""
        return {"VENDOR_BENTO": self.bento_url, "VENDOR_BLUESHIFT": self.blueshift_url}

    def stop(self) -> int:
        """End the process and return its exit code. Stopping twice is fine."""
        self._process.terminate()
        code = self._process.wait(timeout=10)
        self._process.stdout.close()
        return code

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self.stop()

    def journal(self, *, vendor: str = "", action: str = "", address: str = "", after: int = 0) -> list[Json]:
        """Every request the vendors received, oldest first."""
        filters = urlencode({"vendor": vendor, "action": action, "address": address, "after": after})
        return self._call("GET", f"journal?{filters}")["entries"]

    def deletions(self, address: str = "", *, vendor: str = "") -> list[Json]:
        """The deletion requests received, whatever was answered; `effect` says which of them were accepted."""
        return self.journal(vendor=vendor, action="delete", address=address)

    def people(self, address: str = "") -> Json:
        """Who is known: lists under "bento" and "blueshift", filtered by address if one is given."""
        return self._call("GET", f"people?{urlencode({'address': address})}")

    def add(self, vendor: str, email: str, **wishes: Any) -> list[str]:
        """Add a person at a vendor and return the uuids (several with `profiles` or `customer_ids`)."""
        return self._call("POST", "people", {"vendor": vendor, "email": email, **wishes})["uuids"]

    def add_many(self, people: list[Json]) -> list[str]:
        return self._call("POST", "people", {"people": people})["uuids"]

    def change(self, uuid: str, **attributes: Any) -> Json:
        """Change a record behind the console's back."""
        return self._call("PATCH", f"people/{uuid}", attributes)

    def remove(self, uuid: str) -> None:
        self._call("DELETE", f"people/{uuid}")

    def recreate(self, vendor: str, email: str, **wishes: Any) -> list[str]:
        """Let an integration bring a person back: new uuid, subscribed."""
        return self._call("POST", "recreate", {"vendor": vendor, "email": email, **wishes})["uuids"]

    def fault(self, **wishes: Any) -> int:
        """Order a fault; docs/sandbox.md lists the wishes. Without `times` it strikes once, with 0 until withdrawn."""
        return self._call("POST", "faults", wishes)["numbers"][0]

    def faults(self) -> list[Json]:
        """The orders that still stand."""
        return self._call("GET", "faults")["faults"]

    def withdraw_faults(self) -> None:
        self._call("DELETE", "faults")

    def settings(self, **wishes: Any) -> Json:
        """Change settings, if any are given, and return all of them."""
        return self._call("POST" if wishes else "GET", "settings", wishes or None)

    def advance(self, seconds: float) -> None:
        """Push the sandbox's clock: effects become due, limits forget."""
        self._call("POST", "clock", {"advance": seconds})

    def settle(self) -> None:
        """Let everything accepted happen now."""
        self._call("POST", "settle", {})

    def reset(self, *, seeds: bool = True) -> None:
        """Start afresh: settings of the start, no faults, an empty journal, and the seeds or nobody."""
        self._call("POST", "reset", {"seeds": seeds})

    def _printed(self, prefix: str) -> str:
        line = self._process.stdout.readline().strip()
        if not line.startswith(prefix):
            raise RuntimeError(f"The sandbox did not start: it ended with {self.stop()}.")
        return line.removeprefix(prefix)

    def _call(self, method: str, path: str, payload: Json | None = None) -> Json:
        return ask(self.port, method, path, payload)


def ask(port: int, method: str, path: str, payload: Json | None = None) -> Json:
    """Ask the control interface of a sandbox that another process may have started."""
    body = None if payload is None else json.dumps(payload)
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request(method, f"/_sandbox/{path}", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = json.loads(response.read())
    if response.status != 200:
        raise ValueError(answer["error"])
    return answer
