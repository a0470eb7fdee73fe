"""Start the sandbox from a command line and stop it again."""

import signal
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from types import FrameType
from typing import Any, TextIO
from urllib.parse import quote

from . import bento, blueshift, state
from .journal import Journal
from .knobs import Knobs
from .seeds import sow
from .server import HOST, Server
from .switchboard import Switchboard
from .world import World

DEFAULT_PORT = 8900


@dataclass(frozen=True)
class Options:
    port: int
    state: Path | None
    journal: Path | None
    delay: float | None
    per_minute: int
    per_day: int

    @classmethod
    def parsed(cls, values: Mapping[str, Any]) -> "Options":
        """Pick the sandbox's own options out of everything a command line gave."""
        return cls(**{option.name: values[option.name] for option in fields(cls)})


class CannotStart(Exception):
    """The sandbox cannot start. The message is for the person at the terminal."""


class Stopped(BaseException):
    """SIGTERM arrived. Like KeyboardInterrupt, no ordinary handler shall catch it."""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT, help="0 takes any free port (default 8900)")
    parser.add_argument("--state", type=Path, metavar="FILE", help="keep the people in this file")
    parser.add_argument("--journal", type=Path, metavar="FILE", help="append every request to this file, as JSON lines")
    parser.add_argument(
        "--delay", type=_seconds, metavar="S", help="seconds until accepted acts happen (default 2 to 5)"
    )
    parser.add_argument("--per-minute", type=_count, default=0, metavar="N", help="Bento's limit (default 0: none)")
    parser.add_argument("--per-day", type=_count, default=1000, metavar="N", help="Bento's deletions (default 1000)")


def run(options: Options, *, out: TextIO) -> None:
    """Serve until SIGTERM or Ctrl-C, then return. Raises CannotStart."""
    world = World(_knobs(options), _journal(options.journal))
    switchboard = Switchboard(world)
    _populate(world, options.state)
    with _stoppable(), _listening(options.port, switchboard) as server, _kept(world, options.state, switchboard):
        out.write("\n".join(env_lines(server.server_port)) + "\n")
        out.flush()
        server.serve_forever()


def env_lines(port: int) -> tuple[str, str]:
    """Return the two lines for .env; keys are percent-encoded."""
    keys = f"{quote(bento.PUBLISHABLE_KEY, safe='')}:{quote(bento.SECRET_KEY, safe='')}"
    return (
        f"VENDOR_BENTO=bento://{keys}@{HOST}:{port}/{bento.SITE}?tls=off",
        f"VENDOR_BLUESHIFT=blueshift://{quote(blueshift.USER_KEY, safe='')}@{HOST}:{port}?tls=off",
    )


def _knobs(options: Options) -> Knobs:
    limits = {"bento_per_minute": options.per_minute, "bento_deletions_per_day": options.per_day}
    delays = {} if options.delay is None else {"delay": options.delay}
    return Knobs().changed(limits | delays)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Turn SIGTERM and Ctrl-C into a quiet end of the block, also where a shell started it deaf to Ctrl-C."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        yield
    except (KeyboardInterrupt, Stopped):
        return


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


@contextmanager
def _listening(port: int, switchboard: Switchboard) -> Iterator[Server]:
    try:
        server = Server(port, switchboard)
    except OSError as error:
        raise CannotStart(f"Port {port} of {HOST} is in use or not allowed: choose another with --port.") from error
    with server:
        yield server


@contextmanager
def _kept(world: World, path: Path | None, switchboard: Switchboard) -> Iterator[None]:
    if path is None:
        yield
        return
    keeper = state.Keeper(world, path, switchboard.lock)
    try:
        keeper.start()
    except OSError as error:
        raise CannotStart(f"The state file {path} cannot be written: {error.strerror}.") from error
    try:
        yield
    finally:
        keeper.finish()


def _populate(world: World, path: Path | None) -> None:
    if path is None or not path.exists():
        sow(world.people)
        world.has_changed = True
        return
    try:
        state.load(world, path)
    except state.BrokenState as error:
        raise CannotStart(str(error)) from error


def _journal(path: Path | None) -> Journal:
    try:
        return Journal(path)
    except OSError as error:
        raise CannotStart(f"The journal {path} cannot be written: {error.strerror}.") from error


def _port(text: str) -> int:
    return _number(text, int, 65535)


def _count(text: str) -> int:
    return _number(text, int, 10**9)


def _seconds(text: str) -> float:
    return _number(text, float, 10**6)


def _number(text: str, kind: Callable[[str], float], most: int) -> float:
    try:
        number = kind(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a number.") from error
    if not 0 <= number <= most:
        raise ArgumentTypeError(f"{text} is not between 0 and {most}.")
    return number
