"""The examples for recipients find, with nothing of the console's code, whom the console would find."""

import json
import shutil
import subprocess
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from django.conf import settings

from apps.audit.actors import Actor
from apps.privacy import keyring
from apps.privacy.digests import lookups
from apps.suppression.handover_file import EXAMPLE
from apps.suppression.services import Order, hand_over
from tests.constants import NOW
from tests.suppression.builders import JANE, block

EXAMPLES = Path(settings.BASE_DIR) / "docs" / "examples"
ADDRESSES = [EXAMPLE, " Jane@Example.com\n", "\ufeffJOSE\u0301+x@xn--mnchen-3ya.de", "İ@example.org"]


@pytest.fixture
def recipe():
    spec = spec_from_file_location("suppression_digests", EXAMPLES / "suppression_digests.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def key() -> bytes:
    (only,) = keyring.peppers().keys.values()
    return only


def looked_up(address: str) -> set[str]:
    return {keyed.value.hex() for keyed in lookups("email", address)}


@pytest.mark.parametrize("address", ADDRESSES)
def test_python_computes_what_the_console_does(recipe, key, address):
    assert recipe.digests(key, address) == looked_up(address)


@pytest.mark.skipif(not shutil.which("node"), reason="Node.js is not installed here")
@pytest.mark.parametrize("address", ADDRESSES)
def test_javascript_computes_what_the_console_does(key, address):
    module = json.dumps((EXAMPLES / "suppression_digests.mjs").as_uri())
    program = (
        f"import({module}).then(({{ digests }}) => console.log(JSON.stringify("
        f"digests(Buffer.from('{key.hex()}', 'hex'), {json.dumps(address)}))))"
    )

    answer = subprocess.run(["node", "-e", program], check=True, capture_output=True, text=True)

    assert set(json.loads(answer.stdout)) == looked_up(address)


@pytest.mark.django_db
def test_a_recipient_reads_the_file_as_it_is(recipe, key, tmp_path):
    block(JANE)
    order = Order(recipient="shop-eu", recipient_kind="own", purpose="marketing")
    (tmp_path / "shop.csv").write_bytes(b"".join(hand_over(order, by=Actor.command(), clock=lambda: NOW).chunks))

    blocked = recipe.suppressed(str(tmp_path / "shop.csv"))

    assert not blocked.isdisjoint(recipe.digests(key, "JANE@example.com"))
    assert blocked.isdisjoint(recipe.digests(key, "bob@example.org"))
