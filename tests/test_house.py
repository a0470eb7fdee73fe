"""What keeps the house in order where no linter looks."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOP_LEVEL = {
    ".ci",
    ".editorconfig",
    ".env.example",
    ".gitattributes",
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "DECISIONS.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "apps",
    "compliance_console",
    "docs",
    "manage.py",
    "pyproject.toml",
    "requirements-dev.in",
    "requirements-dev.lock",
    "requirements.lock",
    "requirements.txt",
    "static",
    "templates",
    "tests",
}
VARIABLE = re.compile(r'env\.\w+\(\s*"([A-Z_]+)"')
NOT_A_JOB = {"utils", "util", "helpers", "common", "misc", "manager", "managers", "signals"}


def test_the_top_level_holds_the_agreed_names_only():
    tracked = {name.split("/")[0] for name in _tracked()}

    assert tracked <= TOP_LEVEL


def test_no_module_is_named_after_no_job():
    nameless = [name for name in _tracked("apps/*.py") if Path(name).stem in NOT_A_JOB]

    assert nameless == []


def test_no_file_of_code_is_longer_than_three_hundred_lines():
    long = [name for name in _tracked("*.py") if "/migrations/" not in name and len(_lines(name)) > 300]

    assert long == []


@pytest.mark.parametrize("file", [".env.example"])
def test_every_variable_of_the_settings_is_explained(file):
    text = (ROOT / file).read_text(encoding="utf-8")

    missing = [name for name in _variables() if not re.search(rf"\b{name}", text)]

    assert missing == []


def test_no_vendor_account_of_a_person_reaches_the_tests(settings):
    assert settings.VENDOR_SECRET_URLS == {}


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_names_no_place_to_download_from(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")

    assert not re.search(r"https?://|--(extra-)?index-url|file:", text)


def test_both_locks_agree():
    runtime, everything = _pins("requirements.lock"), _pins("requirements-dev.lock")

    assert runtime.items() <= everything.items()


def _tracked(*patterns):
    command = ["git", "ls-files", *patterns]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()


def _lines(name):
    return (ROOT / name).read_text(encoding="utf-8").splitlines() if (ROOT / name).exists() else []


def _variables():
    return VARIABLE.findall((ROOT / "compliance_console/settings.py").read_text(encoding="utf-8"))


def _pins(lock):
    return dict(re.findall(r"^([\w.\[\]-]+)==(\S+)", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE))
