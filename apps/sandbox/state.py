"""Keep the world in a file, so that a restarted sandbox knows the same people."""

import json
import os
from pathlib import Path
from threading import Event, Lock, Thread

from .world import World

PAUSE_SECONDS = 0.5


class BrokenState(ValueError):
    """The state file cannot be read. The message names it."""


def load(world: World, path: Path) -> None:
    """Fill the world from the file. Raises BrokenState."""
    try:
        world.load(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BrokenState(f"The state file {path} cannot be read: move it away to start afresh.") from error


class Keeper:
    """Writes the world a moment after it has changed, and once more at the end."""

    def __init__(self, world: World, path: Path, lock: Lock) -> None:
        self._world, self._path, self._lock = world, path, lock
        self._ending = Event()
        self._thread = Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        """Save once at once, so that a file which cannot be written is known at the start. Raises OSError."""
        self._save_changes()
        self._thread.start()

    def finish(self) -> None:
        self._ending.set()
        self._thread.join()
        self._save_changes()

    def _keep(self) -> None:
        while not self._ending.wait(PAUSE_SECONDS):
            self._save_changes()

    def _save_changes(self) -> None:
        with self._lock:
            if not self._world.has_changed:
                return
            self._world.has_changed = False
            text = json.dumps(self._world.dump())
        _write(self._path, text)


def _write(path: Path, text: str) -> None:
    """Replace the file in one step: a killed sandbox leaves the old one or the new one."""
    draft = path.with_name(path.name + ".new")
    draft.touch(mode=0o600)
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
