from datetime import timedelta

import pytest

from compliance_console.environment import Environment


@pytest.fixture
def read(monkeypatch, tmp_path):
    """Return an Environment in which these variables are set."""

    def read(**variables):
        monkeypatch.delenv("ENV_FILE", raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return Environment(tmp_path)

    return read


def test_the_environment_wins_over_the_file(read, tmp_path):
    (tmp_path / "other.env").write_text("DEFAULT_LIST=file\nDEFAULT_REGIME=ccpa\n")

    env = read(ENV_FILE="other.env", DEFAULT_LIST="environment")

    assert (env.text("DEFAULT_LIST"), env.text("DEFAULT_REGIME"), env.problems) == ("environment", "ccpa", {})


def test_a_file_that_was_asked_for_must_exist(read):
    assert list(read(ENV_FILE="missing.env").problems) == ["ENV_FILE"]


@pytest.mark.parametrize(
    ("kind", "default", "wrong", "stands_in"),
    [
        ("switch", "on", "maybe", True),
        ("whole_number", "30", "0", 30),
        ("whole_number", "30", "-1", 30),
        ("whole_number", "30", "²", 30),
        ("duration", "24h", "1 day", timedelta(hours=24)),
        ("zone", "UTC", "Mars/Base", "UTC"),
        ("zone", "UTC", "../etc", "UTC"),
    ],
)
def test_a_wrong_value_is_told_and_its_default_stands_in(read, kind, default, wrong, stands_in):
    env = read(SOME=wrong)

    assert getattr(env, kind)("SOME", default) == stands_in
    assert wrong in env.problems["SOME"]


def test_a_choice_is_one_of_those_offered(read):
    env = read(SNAPSHOT_GATE="never")

    assert env.choice("SNAPSHOT_GATE", "send", "approval") == "send"
    assert env.problems == {"SNAPSHOT_GATE": "“never” is none of send, approval."}


@pytest.mark.parametrize("address", ["nonsense", "mongo://here/there", "postgres://user:pa/ss@host/x", "://"])
def test_a_wrong_database_address_is_told_without_repeating_it(read, tmp_path, address):
    env = read(DATABASE_URL=address)

    assert env.database("DATABASE_URL", tmp_path / "x.sqlite3")["NAME"] == tmp_path / "x.sqlite3"
    assert env.problems["DATABASE_URL"].startswith("It is no address such as postgres://USER:PASSWORD@HOST/NAME.")


@pytest.mark.parametrize(
    ("read_one", "wrong", "stands_in"),
    [
        (Environment.redis, "localhost:6379", ""),
        (Environment.redis, "redis://:pa/ss@host", ""),
        (Environment.redis, "redis://host:6379/queue", ""),
        (Environment.redis, "redis://host:6379?db=queue", ""),
        (Environment.redis, "redis://host:6379/0?patience=3", ""),
        (Environment.redis, "redis:///0", ""),
        (Environment.redis, "rediss://host:99999/0", ""),
        (Environment.email, "mail.example.org", {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}),
    ],
)
def test_a_wrong_address_is_told_without_repeating_it(read, read_one, wrong, stands_in):
    env = read(SOME_URL=wrong)

    assert read_one(env, "SOME_URL") == stands_in
    assert wrong not in env.problems["SOME_URL"]


@pytest.mark.parametrize(
    "address",
    [
        "redis://host",
        "redis://user:p%2Fw@host:6379/3?socket_timeout=5",
        "rediss://host/1",
        "unix:///run/redis.sock?db=2",
    ],
)
def test_an_address_of_redis_is_taken_as_it_stands(read, address):
    env = read(REDIS_URL=address)

    assert env.redis("REDIS_URL") == address
    assert env.problems == {}


def test_a_short_secret_is_replaced_by_one_nobody_knows(read):
    env = read(SECRET_KEY="short")

    assert len(env.secret("SECRET_KEY", length=50)) >= 50
    assert list(env.problems) == ["SECRET_KEY"]


def test_a_folder_is_made_for_this_user_only(read, tmp_path):
    folder = read(VAR_DIR="new/var").folder("VAR_DIR", "var")

    assert (folder, folder.stat().st_mode & 0o777) == (tmp_path / "new/var", 0o700)


def test_a_folder_that_cannot_be_made_is_told(read, tmp_path):
    (tmp_path / "file").touch()

    env = read(VAR_DIR="file/var")
    env.folder("VAR_DIR", "var")

    assert list(env.problems) == ["VAR_DIR"]


def test_accounts_are_collected_by_name(read):
    env = read(VENDOR_BENTO_EU=" bento://… ", VENDOR_EMPTY="")

    assert env.by_prefix("VENDOR_") == {"bento_eu": "bento://…"}


def test_a_broken_line_of_the_file_is_told_by_its_number_and_nothing_of_it_is_printed(read, tmp_path, capfd, caplog):
    (tmp_path / ".env").write_text("# keys\nVENDOR_x-y=blueshift://SECRETKEY123@api.getblueshift.com\n")

    env = read()

    assert env.problems == {"ENV_FILE": "Line 2 of .env is not of the form NAME=value."}
    assert "SECRETKEY123" not in "".join(capfd.readouterr()) + caplog.text


def test_accounts_that_differ_in_capitals_only_are_told(read):
    env = read(VENDOR_A="bento://one", VENDOR_a="bento://two")

    env.by_prefix("VENDOR_")

    assert set(env.problems) == {"VENDOR_A", "VENDOR_a"}
