"""Which engines a run of the tests covers, and that it passes over none of them in silence."""

from dataclasses import replace

import pytest

from tests import engines as running
from tests.demo_process import free_port
from tests.engines import NO_TESTS, Result, engines, in_memory, main
from tests.servers import POSTGRESQL, REDIS, SQLITE, Found, Lost

DATABASE = Found(POSTGRESQL, "postgres://u:p@db:5432/x", "15")
BROKER = Found(REDIS, "redis://cache/3", "7.0")
NO_DATABASE = Lost(POSTGRESQL, False, "nobody there")
NO_BROKER = Lost(REDIS, False, "nobody there")


@pytest.mark.parametrize(
    ("database", "broker", "names"),
    [
        (DATABASE, BROKER, ["PostgreSQL 15 + Redis 7.0"]),
        (DATABASE, NO_BROKER, ["PostgreSQL 15 + database broker"]),
        (NO_DATABASE, BROKER, [f"{SQLITE} + Redis 7.0"]),
        (NO_DATABASE, NO_BROKER, []),
    ],
)
def test_whatever_was_found_is_run_on_beside_sqlite(database, broker, names):
    found = [engine.name for engine in engines(database, broker, whole=False)]

    assert found == [f"{SQLITE} + database broker", *names]


def test_settings_of_a_person_reach_no_engine():
    [small, large] = engines(DATABASE, BROKER, whole=False)

    assert small.variables == {"DATABASE_URL": "", "REDIS_URL": ""}
    assert large.variables["DATABASE_URL"].startswith("postgres://u:p@db:5432/console_")
    assert large.variables["REDIS_URL"] == "redis://cache/3"


def test_the_large_engine_runs_what_touches_it_and_in_full_runs_all():
    [_, sampled] = engines(DATABASE, BROKER, whole=False)
    [_, whole] = engines(DATABASE, BROKER, whole=True)

    assert (sampled.options, whole.options) == (("-m", "database and (not browser or sample)"), ())


@pytest.mark.parametrize("kind", [POSTGRESQL, REDIS])
def test_a_server_that_was_asked_for_and_is_gone_is_a_failure(kind, monkeypatch, capsys):
    monkeypatch.setenv(kind.variable, f"{kind.usual.partition('://')[0]}://127.0.0.1:{free_port()}/1")

    assert main(["--collect-only"]) == 1
    assert f"**** {kind.name} was asked for: " in capsys.readouterr().err


@pytest.mark.parametrize("kind", [POSTGRESQL, REDIS])
def test_a_server_that_nobody_asked_for_may_be_missing_and_the_reason_says_where_it_was_sought(kind):
    here = f"{kind.usual.partition('://')[0]}://127.0.0.1:{free_port()}/1"

    found = replace(kind, usual=here).find({})

    assert isinstance(found, Lost)
    assert not found.was_asked_for
    assert f"{kind.variable} says where to look" in found.reason


def test_no_tests_are_fine_on_the_large_engine_alone():
    [small, large] = engines(DATABASE, BROKER, whole=False)

    assert not Result(small, NO_TESTS, 0, 0).is_good
    assert Result(large, NO_TESTS, 0, 0).is_good


def test_a_failure_stands_in_the_last_line():
    [small, _] = engines(DATABASE, BROKER, whole=False)

    assert str(Result(small, 1, 7, 2)).endswith(" + database broker (7 tests, 2 skipped, FAILED)")


def test_a_run_keeps_its_files_in_memory_only_where_they_fit(tmp_path, monkeypatch):
    monkeypatch.setattr(running, "ROOM", 1)
    assert in_memory(tmp_path) == tmp_path
    assert in_memory(tmp_path / "missing") is None

    monkeypatch.setattr(running, "ROOM", 2**63)
    assert in_memory(tmp_path) is None
