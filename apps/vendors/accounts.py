"""What one ``VENDOR_NAME=…`` variable says: a vendor account with its keys, limits and pace."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apps.privacy.durations import parse_duration

from .clients.http import is_loopback


class AccountError(ValueError):
    """A variable cannot be used; the message is a full sentence and never repeats a key."""


@dataclass(frozen=True)
class Options:
    """Limits and pace of one account; ``None`` means no limit of that kind (docs/vendors names the sources)."""

    per_day: int | None = None
    per_minute: int | None = None
    per_second: int | None = None
    day: str = "rolling"
    tz: str = "UTC"
    urgent: int = 0
    lanes: int = 1
    concurrency: int = 4
    timeout: timedelta = timedelta(seconds=30)
    tries: int = 6
    retry_base: timedelta = timedelta(seconds=60)
    verify_after: tuple[timedelta, ...] = ()
    snapshot: str = "minimal"
    abuse_fields: tuple[str, ...] = ()
    mode: str = "delete"
    tls: str = "on"

    @property
    def is_paced(self) -> bool:
        """Tell whether a call has to wait for a slot."""
        return self.per_minute is not None or self.per_second is not None


@dataclass(frozen=True)
class Account:
    """One account as the environment states it. ``repr`` leaves the keys out, so tracebacks cannot show them."""

    name: str
    vendor: str
    host: str
    port: int | None
    site: str
    keys: tuple[str, ...] = field(repr=False)
    options: Options = Options()

    @property
    def origin(self) -> str:
        scheme = "http" if self.options.tls == "off" else "https"
        port = f":{self.port}" if self.port else ""
        return f"{scheme}://{self.host}{port}"

    @property
    def place(self) -> tuple[object, ...]:
        """Tell what the vendor counts as one: a site where it has sites, else whatever one key opens."""
        return self.vendor, self.host, self.port, self.site or self.keys


def parse_account(name: str, url: str, *, defaults: Mapping[str, Options]) -> Account:
    """Read one URL ``vendor://KEY[:SECRET]@host[/SITE]?options``; ``defaults`` holds one entry per known vendor.

    Raises AccountError with a sentence that names the variable and what is wrong, never the URL: it holds keys.
    """
    parts = _split(name, url)
    if parts.scheme not in defaults:
        raise AccountError(f"VENDOR_{name.upper()} names the unknown vendor “{parts.scheme}”: use {_either(defaults)}.")
    options = _options(name, parts.query, defaults[parts.scheme])
    if options.tls == "off" and not is_loopback(parts.hostname or ""):
        raise AccountError(f"VENDOR_{name.upper()} says tls=off for a host that is not this machine.")
    if options.per_day is not None and options.urgent >= options.per_day:
        raise AccountError(
            f"VENDOR_{name.upper()} keeps the whole day for urgent tickets: urgent must be below per_day."
        )
    return Account(
        name=name,
        vendor=parts.scheme,
        host=parts.hostname or "",
        port=parts.port,
        site=unquote(parts.path.strip("/")),
        keys=tuple(unquote(key) for key in (parts.username, parts.password) if key),
        options=options,
    )


def _split(name: str, url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        has_address = bool(parts.scheme and parts.hostname) and parts.port != 0
    except ValueError:
        has_address = False
    if not has_address:
        raise AccountError(f"VENDOR_{name.upper()} is not of the form vendor://KEY@host?options.")
    return parts


def _either(names: Mapping[str, Options]) -> str:
    return " or ".join(f"{name}://" for name in sorted(names))


def _options(name: str, query: str, defaults: Options) -> Options:
    pairs = parse_qsl(query, keep_blank_values=True)
    given = dict(pairs)
    if given.keys() - _READERS.keys():
        # What stands there is not repeated: it may be the rest of a key that holds a question mark.
        raise AccountError(f"VENDOR_{name.upper()} has an unknown option. Known: {', '.join(_READERS)}.")
    if len(given) < len(pairs):
        raise AccountError(f"VENDOR_{name.upper()} gives an option twice.")
    read = {}
    for option, text in given.items():
        try:
            read[option] = _READERS[option](text)
        except ValueError as error:
            raise AccountError(f"VENDOR_{name.upper()}: option {option}: {error}") from None
    return Options(**{**defaults.__dict__, **read})


def _number(lowest: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or int(text) < lowest:
            raise ValueError(f"a whole number from {lowest} up is needed.")
        return int(text)

    return read


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"one of {', '.join(words)} is needed.")
        return text

    return read


def _span(text: str) -> timedelta:
    span = parse_duration(text)
    if span <= timedelta(0):
        raise ValueError("a duration above zero is needed.")
    return span


def _spans(text: str) -> tuple[timedelta, ...]:
    spans = tuple(_span(part) for part in text.split(","))
    if list(spans) != sorted(set(spans)):
        raise ValueError("the durations must rise, such as 15m,6h,48h.")
    return spans


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("the time zone is unknown; write one such as Europe/Berlin.") from None


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


_READERS: dict[str, Callable[[str], object]] = {
    "per_day": _number(1),
    "per_minute": _number(1),
    "per_second": _number(1),
    "day": _one_of("rolling", "calendar"),
    "tz": _zone,
    "urgent": _number(0),
    "lanes": _number(1),
    "concurrency": _number(1),
    "timeout": _span,
    "tries": _number(1),
    "retry_base": _span,
    "verify_after": _spans,
    "snapshot": _one_of("minimal", "full"),
    "abuse_fields": _names,
    "mode": _one_of("delete", "forget"),
    "tls": _one_of("on", "off"),
}
