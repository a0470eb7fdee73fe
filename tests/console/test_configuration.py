"""What the environment makes of the settings, seen from outside: each case is a process of its own."""

import os
import subprocess
import sys
from ast import literal_eval
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
CHECK = ["manage.py", "check"]
CLOSED_PIPE = """
import os, subprocess, sys

reading, writing = os.pipe()
os.close(reading)
raise SystemExit(subprocess.call([sys.executable, "manage.py", "diffsettings"], stdout=writing))
"""


@pytest.fixture
def run(tmp_path):
    """Return a function that runs Python with tests/test.env and these variables above it."""

    def run(*arguments, **variables):
        surroundings = {"PATH": os.environ["PATH"], "ENV_FILE": "tests/test.env", "VAR_DIR": str(tmp_path)}
        return subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=surroundings | variables, capture_output=True, text=True
        )

    return run


def test_the_web_server_gets_no_application_while_a_variable_is_wrong(run):
    ended = run("-c", "import compliance_console.wsgi", COOLING_OFF="soon")

    assert ended.returncode != 0
    assert "(console.E001) COOLING_OFF: “soon” is not a duration." in ended.stderr


def test_every_wrong_variable_is_told_at_once(run):
    ended = run(*CHECK, SECRET_KEY="short", HTTPS="maybe", FILE_DAYS="none", TIME_ZONE="Mars")

    assert [ended.stderr.count(f"(console.E001) {name}:") for name in ("SECRET_KEY", "HTTPS", "FILE_DAYS")] == [1, 1, 1]


def test_the_list_of_django_for_a_deployment_is_fulfilled(run):
    ended = run(*CHECK, "--deploy", "--fail-level", "WARNING", HTTPS="on", SECRET_KEY="".join(map(chr, range(40, 123))))

    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(("url", "broker"), [("", "orm"), ("redis://127.0.0.1:6379/0", "broker_class")])
def test_the_queue_moves_to_redis_by_environment_alone(run, url, broker):
    show = "from django.conf import settings; print({'orm', 'broker_class'} & settings.Q_CLUSTER.keys())"

    ended = run("-c", show, REDIS_URL=url, DJANGO_SETTINGS_MODULE="compliance_console.settings")

    assert ended.stdout.strip() == str({broker})


def test_options_of_the_address_win_over_those_of_the_console(run):
    show = "from django.conf import settings; print(settings.DATABASES['default']['OPTIONS'])"
    address = "postgres://u:p@localhost/console?keepalives_idle=5&sslmode=require"

    ended = run("-c", show, DATABASE_URL=address, DJANGO_SETTINGS_MODULE="compliance_console.settings")

    options = literal_eval(ended.stdout)
    assert (options["keepalives_idle"], options["sslmode"], options["keepalives_count"]) == (5, "require", 3)
    assert "idle_in_transaction_session_timeout=60s" in options["options"]


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own settings.")
@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1)]
)
def test_sqlite_is_set_for_many_writers_and_for_erasure(pragma, value):
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {pragma}")

        assert cursor.fetchone() == (value,)


@pytest.mark.parametrize("command", ["stuck", "forecast", "work", "sync_vendors", "check"])
def test_a_wrong_variable_ends_a_command_with_the_code_of_usage(run, command):
    ended = run("manage.py", command, VENDOR_BENTO="foo://x")

    assert ended.returncode == 2
    assert "(vendors.E001)" in ended.stderr


def test_a_reader_who_has_seen_enough_gets_no_traceback(run):
    ended = run("-c", CLOSED_PIPE)

    assert (ended.returncode, ended.stderr) == (141, "")
