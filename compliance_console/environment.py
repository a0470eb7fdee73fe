"""Read the environment without ever stopping at a wrong value: problems are kept for the system checks to tell."""

import logging
import os
import re
import secrets
from collections.abc import Callable, Collection
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import environ
import redis

from apps.privacy.durations import parse_duration
from apps.privacy.failpoints import Trap, parse_trap

LINE = re.compile(r"\s*(#.*|(export\s+)?[A-Za-z_][A-Za-z0-9_]*\s*=.*)?")
SWITCH = {"on": True, "true": True, "yes": True, "1": True, "off": False, "false": False, "no": False, "0": False}
DATABASE = {"postgres", "postgresql", "sqlite"}
CACHE = {"redis", "rediss", "unix"}
MAIL = set(environ.Env.EMAIL_SCHEMES)


class Environment:
    """The variables of this process, with those of one file below them.

    A value that cannot be read is replaced by its default, so that every command can still report `problems`.
    """

    def __init__(self, root: Path) -> None:
        self.problems: dict[str, str] = {}
        self._env = environ.Env()
        self._root = root
        self.file = root / self.text("ENV_FILE", ".env")
        self._read_file()

    def text(self, name: str, default: str = "") -> str:
        return os.environ.get(name, "").strip() or default

    def secret(self, name: str, *, length: int) -> str:
        """Take a secret of at least this length; whatever else is found is replaced by one nobody knows."""
        text = self.text(name)
        if len(text) >= length:
            return text
        self.problems[name] = f"It needs at least {length} characters, known to nobody else."
        return secrets.token_urlsafe(length)

    def names(self, name: str, default: str = "") -> list[str]:
        return [part.strip() for part in self.text(name, default).split(",") if part.strip()]

    def switch(self, name: str, default: str) -> bool:
        return self._parse(name, default, _switch)

    def whole_number(self, name: str, default: str) -> int:
        return self._parse(name, default, _whole_number)

    def duration(self, name: str, default: str) -> timedelta:
        return self._parse(name, default, parse_duration)

    def trap(self, name: str) -> Trap | None:
        return self._parse(name, "", parse_trap)

    def choice(self, name: str, *choices: str) -> str:
        """Take one of the choices; the first is the default."""
        return self._parse(name, choices[0], lambda text: _one_of(text, choices))

    def zone(self, name: str, default: str) -> str:
        return self._parse(name, default, _zone)

    def database(self, name: str, file: Path) -> dict[str, Any]:
        """Take the address in the variable, or the SQLite file."""
        sqlite = {"ENGINE": "django.db.backends.sqlite3", "NAME": file}
        return self._address(name, "postgres://USER:PASSWORD@HOST/NAME", self._env.db_url_config, DATABASE) or sqlite

    def email(self, name: str) -> dict[str, Any]:
        """Take the address in the variable; without one, messages are printed."""
        printed = {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
        return self._address(name, "smtp+tls://USER:PASSWORD@HOST:587", self._env.email_url_config, MAIL) or printed

    def redis(self, name: str) -> str:
        return self._address(name, "redis://HOST:6379/0", _redis, CACHE) or ""

    def folder(self, name: str, default: str) -> Path:
        """Make the folder if it is missing, closed to everyone but this user."""
        path = self._root / self.text(name, default)
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            self.problems[name] = f"The folder {path} cannot be made: {error.strerror}."
        return path

    def file_path(self, name: str, default: Path) -> Path:
        """Take the path of a file, whose folder has to exist."""
        path = self._root / self.text(name, str(default))
        if not path.parent.is_dir():
            self.problems[name] = f"The folder {path.parent} does not exist."
        return path

    def by_prefix(self, prefix: str) -> dict[str, str]:
        """Collect PREFIX_NAME=value as {"name": value}."""
        self._refuse_twins(prefix)
        return {
            name.removeprefix(prefix).lower(): value.strip()
            for name, value in sorted(os.environ.items())
            if name.startswith(prefix) and value.strip()
        }

    def _refuse_twins(self, prefix: str) -> None:
        names = [name for name in os.environ if name.startswith(prefix)]
        for name in sorted(names):
            if sum(name.lower() == other.lower() for other in names) > 1:
                self.problems[name] = "Another variable differs from this one in capitals only."

    def _read_file(self) -> None:
        if self.file.is_file():
            self._refuse_broken_lines(self.file.read_text(encoding="utf-8", errors="replace"))
            logging.getLogger("environ.environ").setLevel(logging.ERROR)  # its warnings repeat lines and keys
            self._env.read_env(self.file)
        elif "ENV_FILE" in os.environ:
            self.problems["ENV_FILE"] = f"The file {self.file} does not exist."

    def _refuse_broken_lines(self, text: str) -> None:
        broken = [number for number, line in enumerate(text.splitlines(), 1) if not LINE.fullmatch(line)]
        if broken:
            self.problems["ENV_FILE"] = f"Line {broken[0]} of {self.file.name} is not of the form NAME=value."

    def _parse(self, name: str, default: str, parse: Callable[[str], Any]) -> Any:
        try:
            return parse(self.text(name, default))
        except ValueError as error:
            self.problems[name] = str(error)
            return parse(default)

    def _address(self, name: str, example: str, parse: Callable[[str], Any], schemes: Collection[str]) -> Any:
        """Return None without an address or with a wrong one. The problem never repeats it: it may hold a password."""
        text = self.text(name)
        if not text:
            return None
        try:
            _require_scheme(text, schemes)
            return parse(text)
        except ValueError:
            self.problems[name] = f"It is no address such as {example}. A password in it must be percent-encoded."
            return None


def _require_scheme(address: str, schemes: Collection[str]) -> None:
    if address.partition("://")[0] not in schemes:
        raise ValueError


def _redis(address: str) -> str:
    """Refuse what redis-py notices late or never: an option it does not know, a database that is no number."""
    parts = urlsplit(address)
    named = parts.path.strip("/")
    if parts.scheme != "unix" and not (parts.hostname and (named.isdigit() or not named)):
        raise ValueError
    try:
        redis.ConnectionPool.from_url(address).make_connection()  # connects at the first command only
    except TypeError as error:
        raise ValueError from error
    return address


def _switch(text: str) -> bool:
    if text.lower() not in SWITCH:
        raise ValueError(f"“{text}” is neither on nor off.")
    return SWITCH[text.lower()]


def _whole_number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise ValueError(f"“{text}” is not a whole number above zero.")
    return int(text)


def _one_of(text: str, choices: tuple[str, ...]) -> str:
    if text not in choices:
        raise ValueError(f"“{text}” is none of {', '.join(choices)}.")
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ValueError, LookupError, OSError) as error:
        raise ValueError(f"“{text}” is no time zone. Write a name such as Europe/Amsterdam.") from error
    return text
