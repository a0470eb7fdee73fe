"""One storm, from the first ticket to the last word on it."""

import json
import random
import subprocess
import time
from bisect import bisect_left
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.journeys.console_process import Console
from tests.sandbox_process import Json, Sandbox

from .clusters import Cluster, Killer
from .weather import Weather

OPTIONS = "per_minute=600000&per_second=100000&lanes=40&timeout=2&retry_base=1&verify_after=2s,8s,30s"
HOSTS = 2
DAY = timedelta(days=1)
LONGEST = 1800
ACT = "import json; from tests.storm.people import act; print(json.dumps(act({}, sandbox_port={}, until={})))"
LOOK_BACK = "import json; from tests.storm.aftermath import look_back; print(json.dumps(look_back({})))"


@dataclass(frozen=True)
class Report:
    """What happened and what the console says of it: at once, and when all has come to rest.

    ``told`` counts by reason what the pages say of open erasures; ``breaches`` are the checker's sentences.
    """

    per_day: int
    numbers: Json
    acts: Json
    told: Json
    told_at_rest: Json
    breaches: str
    journal: list[Json]


class Storm:
    def __init__(self, folder: Path, sandbox: Sandbox, *, seconds: int, seed: int) -> None:
        self._sandbox = sandbox
        self._seconds = seconds
        self._chance = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
        self._folder = folder
        self._per_day = per_day = seconds // 2  # so few that the day of Bento ends in the midst of it
        sandbox.settings(delay=1, bento_deletions_per_day=per_day)
        bento, blueshift = f"{sandbox.bento_url}&{OPTIONS}&per_day={per_day}", f"{sandbox.blueshift_url}&{OPTIONS}"
        self._console = Console(folder, {"VENDOR_BENTO": bento, "VENDOR_BLUESHIFT": blueshift})

    def run(self) -> Report:
        kills, acts = self._blow()
        back = _said(self._shell(LOOK_BACK.format(self._sandbox.port)))
        options = ["--one-clock", *(f"--log={log}" for log in self._folder.glob("host*/workers.log"))]
        breaches = self._console.breaches(self._sandbox, *options, later=back["later"])
        journal = self._sandbox.journal()
        numbers = {"kills": kills} | back["numbers"] | _seen_by_vendors(journal)
        return Report(self._per_day, numbers, acts, back["told"], back["told_at_rest"], breaches, journal)

    def _blow(self) -> tuple[int, Json]:
        """Let people act, vendors fail and processes die at the same time; nothing of it is left running."""
        with ExitStack() as ending:
            clusters = [Cluster(self._console, self._folder / f"host{number}") for number in range(HOSTS)]
            for cluster in clusters:
                ending.callback(cluster.end)
            people = self._shell(ACT.format(self._chance.random(), self._sandbox.port, time.time() + self._seconds))
            ending.callback(people.kill)
            ending.enter_context(Weather(self._sandbox, seed=self._chance.random()))
            killer = Killer(clusters, self._sandbox, self._chance)
            killer.kill_until(time.monotonic() + self._seconds)
            return killer.kills, _said(people)

    def _shell(self, code: str) -> subprocess.Popen:
        said = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return self._console.start("shell", "--verbosity=0", "--command", code, **said)


def _said(process: subprocess.Popen) -> Any:
    said, complaint = process.communicate(timeout=LONGEST)
    assert process.returncode == 0, complaint
    return json.loads(said)


def _seen_by_vendors(journal: list[Json]) -> dict[str, int]:
    asked_for = [(entry["vendor"], *entry["identifiers"]) for entry in journal if entry["action"] == "delete"]
    return {
        "requests": len(journal),
        "deletions": len(asked_for),
        "asked for again": len(asked_for) - len(set(asked_for)),
        "faults": sum(bool(entry["fault"]) for entry in journal),
        "most at Bento in 24 hours": _most_in_a_day(journal),
    }


def _most_in_a_day(journal: list[Json]) -> int:
    """Count anew, apart from the console and from its checker."""
    deletions = (entry for entry in journal if entry["vendor"] == "bento" and entry["action"] == "delete")
    moments = sorted(datetime.fromisoformat(entry["received_at"]) for entry in deletions)
    return max((bisect_left(moments, moment + DAY) - number for number, moment in enumerate(moments)), default=0)
