"""What the package may import, and what a look may send."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.raw_server import says_json

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


@pytest.mark.parametrize("vendor", ["bento", "blueshift"])
def test_a_look_can_never_post(serve, request, vendor):
    server = serve(says_json("200 OK", {}))
    client = request.getfixturevalue(vendor)(server.url)

    client.look("email", "ann@example.org")
    client.look_by_uuid("11111111-aaaa-4000-8000-000000000001")
    client.check()

    assert [(received.method, received.body) for received in server.requests] == [("GET", b"")] * 3
