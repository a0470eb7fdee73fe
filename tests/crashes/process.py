"""Workers as processes of their own, which a trap may kill: forked, since starting Django anew costs seconds each."""

import os
import signal
import traceback
import warnings
from collections.abc import Callable

from django.db import connections

from apps.privacy.failpoints import arm, parse_trap

KILLED = -signal.SIGKILL
Job = Callable[[], object]


def begin(job: Job, trap: str = "") -> int:
    """Start a process with this trap, in the words of FAILPOINT, and return its id. No connection is shared."""
    connections.close_all()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons mistrust forks beside pytest's own threads
        pid = os.fork()
    if pid == 0:
        _live(job, trap)
    return pid


def end_of(pid: int) -> int:
    """Wait for a process: 0 where it did its job, 1 where that failed, or minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def run(job: Job, trap: str = "") -> int:
    return end_of(begin(job, trap))


def _live(job: Job, trap: str) -> None:
    code = 1
    try:
        arm(parse_trap(trap))
        job()
        connections.close_all()
        code = 0
    except BaseException:  # noqa: BLE001 - nothing of the tests may go on in here
        traceback.print_exc()
    finally:
        os._exit(code)
