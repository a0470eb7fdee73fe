"""The API keeps what its own document promises, whatever is sent: every check of schemathesis, over loopback."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tickets.desk import sync

pytestmark = pytest.mark.django_db(transaction=True)

CONFIG = Path(__file__).with_name("schemathesis.toml")


@pytest.mark.parametrize("examples", [10, pytest.param(300, marks=pytest.mark.full)])
def test_it_finds_nothing(live_server, issue, tmp_path, examples):
    sync()
    token = issue(per_minute=100_000).text

    ended = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", CONFIG, "run"),
            f"{live_server.url}/api/v1/openapi.json",
            *("--header", f"Authorization: Bearer {token}", "--max-examples", str(examples)),
            *("--checks", "all", "--mode", "all", "--phases", "examples,coverage,fuzzing,stateful"),
            *("--generation-database", "none", "--no-color", "--seed", "1"),
            # The others guess from how much was refused, which for invented addresses and accounts is most of it.
            *("--warnings", "missing_auth"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=900,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert " warning" not in ended.stdout, ended.stdout
