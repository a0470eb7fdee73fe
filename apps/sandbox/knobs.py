"""Every behaviour of the sandbox that the vendors leave open, or that a test wants otherwise."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

CHOICES = {
    "bento_not_found": ("empty", "null", "json404", "html404", "error500"),
    "bento_search": ("refused", "missing", "open"),
    "bento_replies": ("live", "page"),
    "blueshift_flag": ("either", "query", "body"),
    "blueshift_unknown": ("ok", "json404", "html404", "empty404"),
    "blueshift_nobody": ("empty", "object", "json404"),
}
DELAYS = ("bento_anonymize_delay", "bento_import_delay", "bento_command_delay", "blueshift_delay")


class UnknownSetting(ValueError):
    """A setting or a value that the sandbox does not have. The message says which."""


@dataclass(frozen=True)
class Knobs:
    """Times are seconds, limits are numbers of requests; 0 switches a limit off. docs/sandbox.md explains each."""

    bento_anonymize_delay: float = 5.0
    bento_import_delay: float = 2.0
    bento_command_delay: float = 2.0
    bento_case_sensitive: bool = True
    bento_not_found: str = "empty"
    bento_search: str = "refused"
    bento_replies: str = "live"
    bento_deletions_per_day: int = 1000
    bento_per_minute: int = 0
    blueshift_delay: float = 5.0
    blueshift_case_sensitive: bool = False
    blueshift_flag: str = "either"
    blueshift_unknown: str = "ok"
    blueshift_nobody: str = "empty"
    blueshift_rematches_leaving: bool = False
    blueshift_search_cap: int = 0
    blueshift_per_second: int = 0
    retry_after: str = ""

    def changed(self, wishes: dict[str, Any]) -> "Knobs":
        """Return the knobs with the wishes fulfilled; `delay` stands for all delays. Raises UnknownSetting."""
        wishes = dict(wishes)
        if "delay" in wishes:
            wishes = dict.fromkeys(DELAYS, wishes.pop("delay")) | wishes
        return replace(self, **{name: self._checked(name, value) for name, value in wishes.items()})

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def _checked(self, name: str, value: Any) -> Any:
        if name not in KINDS:
            raise UnknownSetting(f"There is no setting {name!r}.")
        if name in CHOICES and value not in CHOICES[name]:
            raise UnknownSetting(f"{name} is one of {', '.join(CHOICES[name])}.")
        if not _fits(KINDS[name], value):
            raise UnknownSetting(f"{name} takes a {KINDS[name].__name__}, zero or more where it is a number.")
        return KINDS[name](value)


KINDS: dict[str, type] = {knob.name: type(knob.default) for knob in fields(Knobs)}


def _fits(kind: type, value: Any) -> bool:
    if kind is str:
        return isinstance(value, (str, int)) and str(value).isprintable()
    if kind is bool:
        return isinstance(value, bool)
    return type(value) in (int, kind) and value >= 0
