"""What the package may import, and what a look may send."""

import ast
import contextlib
import inspect
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.vendors.clients.bento_lookups import BentoLookups, Search
from apps.vendors.clients.bento_subscribers import BentoSubscribers
from apps.vendors.clients.client import VendorClient
from apps.vendors.clients.errors import VendorError
from apps.vendors.clients.http import Reader, Writer
from tests.raw_server import hangs_up, resets, says, says_json

PACKAGE = Path(__file__).parents[3] / "apps" / "vendors" / "clients"
WITHOUT_DJANGO = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "django":
            raise ImportError(name)

sys.meta_path.insert(0, Blocker())
import apps.vendors.clients.bento, apps.vendors.clients.blueshift
print("imported")
"""


def test_the_package_works_without_django():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_DJANGO], cwd=PACKAGE.parents[2], capture_output=True, text=True, check=False
    )

    assert (done.stdout.strip(), done.stderr) == ("imported", "")


@pytest.mark.parametrize("module", sorted(PACKAGE.glob("*.py")), ids=lambda path: path.name)
def test_only_one_module_knows_requests(module):
    imported = {name.partition(".")[0] for name in _imports(ast.parse(module.read_text()))}

    assert module.name == "http.py" or not imported & {"requests", "urllib3", "socket", "ssl"}


def _imports(tree: ast.Module) -> set[str]:
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level}


HOSTILE = [
    "ann@example.org",
    "x&_method=POST",
    "../fetch/subscribers",
    "a@b.c\r\nPOST /api/v1/fetch/subscribers HTTP/1.1",
]
TURNS = [
    says_json("200 OK", {}),
    says_json("200 OK", {"data": []}),
    says("301 Moved Permanently", location="/api/v1/fetch/subscribers"),
    says("307 Temporary Redirect", location="/api/v1/fetch/subscribers"),
    says("308 Permanent Redirect", location="/api/v1/fetch/subscribers"),
    says("401 Unauthorized", www_authenticate="Basic"),
    says_json("404 Not Found", {"error": "visitor_not_found"}),
    says("405 Method Not Allowed", allow="POST"),
    says_json("429 Too Many Requests", {}, retry_after="0"),
    says_json("500 Oops", {}),
    hangs_up,
    resets,
]


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("value", HOSTILE)
def test_a_look_can_never_post(serve, bento, turn, value):
    """Walk every way to look at Bento, past every answer that could invite another verb."""
    server = serve(turn)
    client = bento(server.url)
    looks = [
        lambda: client.look("email", value),
        lambda: client.look_by_uuid(value),
        lambda: client.lookups.by_email(value),
        lambda: client.lookups.by_uuid(value),
        lambda: client.lookups.search(Search(tags=(value,)), page=1),
        client.check,
    ]

    for look in looks:
        with contextlib.suppress(VendorError):
            look()

    assert [(received.method, received.body) for received in server.requests] == [("GET", b"")] * len(looks)


def test_the_walk_misses_no_look(bento):
    public = {name for name in vars(BentoLookups) if not name.startswith("_")}

    assert public == {"by_email", "by_uuid", "search"}


def test_what_looks_holds_nothing_that_could_act(bento):
    """Follow every reference from the look-ups: no writer is among them."""
    lookups = bento("http://127.0.0.1:1").lookups

    reached = list(_reachable(lookups))

    assert any(isinstance(thing, Reader) for thing in reached)
    assert not [thing for thing in reached if isinstance(thing, Writer | BentoSubscribers | VendorClient)]


@pytest.mark.parametrize("half", [(Reader, "POST"), (Writer, "GET")])
def test_each_half_of_the_wire_knows_one_verb(half):
    owner, foreign = half
    tree = ast.parse(textwrap.dedent(inspect.getsource(owner)))

    said = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}

    assert foreign not in said


@pytest.mark.parametrize("vendor", ["bento", "blueshift"])
def test_a_check_of_the_key_reads_and_nothing_else(serve, request, vendor):
    server = serve(says_json("200 OK", {}))

    request.getfixturevalue(vendor)(server.url).check()

    assert [(received.method, received.body) for received in server.requests] == [("GET", b"")]


def _reachable(thing: object) -> Iterator[object]:
    """Yield the project's own objects that attributes lead to."""
    seen: dict[int, object] = {}
    waiting = [thing]
    while waiting:
        here = waiting.pop()
        if id(here) not in seen and type(here).__module__.startswith("apps."):
            seen[id(here)] = here
            waiting.extend(vars(here).values())
    yield from seen.values()
