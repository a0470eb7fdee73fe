"""One cluster of django-q2 on a lifeline: it ends with its keeper, and leaves no process behind."""

import os
import signal
import time

from django_q.cluster import Cluster

from . import lifeline

STEP = 0.2


def run(*, grace: float) -> bool:
    """Work until asked to stop, and return True once all processes have finished.

    False where they did not within ``grace`` seconds, or where the process that guards the others died: it would be
    missed by nobody, and the others would go on without time limits and schedules.
    """
    cluster = Cluster()
    lifeline.stop_on_signals()  # in place of django-q2's own way, which waits for ever for a cluster that hangs
    cluster.start()
    while cluster.sentinel.is_alive() and not lifeline.must_stop():
        time.sleep(STEP)
    if not cluster.sentinel.is_alive():
        return False
    cluster.stop_event.set()
    cluster.sentinel.join(grace)
    return cluster.sentinel.exitcode == 0


def kill_own_group() -> None:
    """End every process of this group at once, this one included."""
    os.killpg(0, signal.SIGKILL)
