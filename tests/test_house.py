"""What keeps the house in order where no linter looks."""

import ast
import re
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from apps.vendors.accounts import Options

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


def test_no_conflict_of_a_merge_is_left_in_a_file():
    marked = [name for name in _tracked() if re.search(rb"^(<{7}|>{7}) ", (ROOT / name).read_bytes(), re.MULTILINE)]

    assert marked == []


def test_no_module_is_named_after_no_job():
    nameless = [name for name in _tracked("apps/*.py") if Path(name).stem in NOT_A_JOB]

    assert nameless == []


def test_no_file_of_code_is_longer_than_three_hundred_lines():
    long = [name for name in _code() if len(_text(name).splitlines()) > 300]

    assert long == []


def test_no_function_is_longer_than_twenty_five_lines():
    long = [f"{name}:{node.lineno} {node.name}" for name in _code() for node in _functions(name) if _length(node) > 25]

    assert long == []


def test_imports_are_at_the_top():
    inner = [
        f"{name}:{child.lineno}"
        for name in _code()
        for node in _functions(name)
        for child in ast.walk(node)
        if isinstance(child, ast.Import | ast.ImportFrom)
    ]

    assert inner == []


@pytest.mark.parametrize("file", [".env.example", "docs/configuration.md"])
def test_every_variable_of_the_settings_is_explained(file):
    text = _text(file)

    missing = [name for name in _variables() if not re.search(rf"\b{name}", text)]

    assert missing == []


def test_no_vendor_account_of_a_person_reaches_the_tests(settings):
    assert settings.VENDOR_SECRET_URLS == {}


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_names_no_place_to_download_from(lock):
    text = _text(lock)

    assert not re.search(r"https?://|--(extra-)?index-url|file:", text)


def test_both_locks_agree():
    runtime, everything = _pins("requirements.lock"), _pins("requirements-dev.lock")

    assert runtime.items() <= everything.items()


def _tracked(*patterns):
    command = ["git", "ls-files", *patterns]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()


def _code():
    """List the tracked modules that people wrote for the product; one that was just deleted is none."""
    names = _tracked("apps/*.py", "compliance_console/*.py")
    return [name for name in names if "/migrations/" not in name and (ROOT / name).exists()]


def _text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def _functions(name):
    return [node for node in ast.walk(ast.parse(_text(name))) if isinstance(node, ast.FunctionDef)]


def _length(node):
    """Count the lines from `def` to the end; decorators and the docstring are not what makes a function long."""
    docstring = node.body[0] if ast.get_docstring(node) is not None else None
    return node.end_lineno - node.lineno + 1 - (docstring.end_lineno - docstring.lineno + 1 if docstring else 0)


def _variables():
    return VARIABLE.findall(_text("compliance_console/settings.py"))


def _pins(lock):
    return dict(re.findall(r"^([\w.\[\]-]+)==(\S+)", _text(lock), re.MULTILINE))


def test_every_option_of_a_vendor_account_is_explained():
    text = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")

    unexplained = [field.name for field in fields(Options) if f"`{field.name}`" not in text]

    assert unexplained == []
