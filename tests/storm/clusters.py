"""Clusters of real workers, each with its keeper as on a host of its own, of which anything is killed at random."""

import random
import subprocess
import time
from pathlib import Path

from tests.journeys.console_process import Console
from tests.keeper_process import kill, processes_with
from tests.sandbox_process import Sandbox

SILENCE = 20  # seconds; far less than a service needs: one more that kills healthy workers
WHOLE = 7  # keeper, main, sentinel, two workers, monitor, pusher
AS_A_HOST = 0.2  # of the kills take everything, as a power cut would
WORK_BETWEEN = (10, 40)  # requests that the vendors see between two kills…
PATIENCE = 10.0  # …or seconds without them: the time to start on a busy machine, and more
PAUSE = 0.1


class Cluster:
    """A keeper and whatever it started, with files of their own. What they say goes to ``log``."""

    def __init__(self, console: Console, folder: Path) -> None:
        folder.mkdir()
        self._mark = f"VAR_DIR={folder}"
        self._console = console.elsewhere(folder)
        self.log = folder / "workers.log"
        self._log = self.log.open("ab")
        self._start()

    def members(self) -> list[int]:
        """List its processes, whoever their parent is by now."""
        return processes_with(self._mark)

    def kill_one(self, chance: random.Random) -> None:
        if members := self.members():
            kill(chance.choice(members))

    def kill(self) -> None:
        """Kill all of it, and whatever was forked while the list was made."""
        while members := self.members():
            for pid in members:
                kill(pid)
        self._keeper.wait()

    def revive(self) -> None:
        """Do what a supervisor does: start the keeper again once it has ended."""
        if self._keeper.poll() is not None:
            self._start()

    def end(self) -> None:
        self.kill()
        self._log.close()

    def _start(self) -> None:
        said = {"stdout": self._log, "stderr": subprocess.STDOUT}
        self._keeper = self._console.start("run_cluster", f"--silence={SILENCE}", "--grace=5", **said)


class Killer:
    """Kills until a moment has come, and counts."""

    def __init__(self, clusters: list[Cluster], sandbox: Sandbox, chance: random.Random) -> None:
        self._clusters = clusters
        self._sandbox = sandbox
        self._chance = chance
        self._seen = 0
        self.kills = 0

    def kill_until(self, moment: float) -> None:
        """Kill in the midst of work; a cluster that is still starting is left alone."""
        while time.monotonic() < moment:
            self._wait_for_work(moment)
            cluster = self._chance.choice(self._clusters)
            if len(cluster.members()) >= WHOLE:
                self._kill(cluster)
            for cluster in self._clusters:
                cluster.revive()

    def _kill(self, cluster: Cluster) -> None:
        if self._chance.random() < AS_A_HOST:
            cluster.kill()
        else:
            cluster.kill_one(self._chance)
        self.kills += 1

    def _wait_for_work(self, moment: float) -> None:
        wanted, give_up_at = self._chance.randint(*WORK_BETWEEN), time.monotonic() + PATIENCE
        while wanted > 0 and time.monotonic() < min(moment, give_up_at):
            time.sleep(PAUSE)
            new = len(self._sandbox.journal(after=self._seen))
            self._seen += new
            wanted -= new
