"""Workers as processes of their own, which a trap may kill: forked, since starting Django anew costs seconds each."""

import os
import signal
import traceback
import warnings
from collections.abc import Callable

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from apps.privacy.failpoints import arm, parse_trap

KILLED = -signal.SIGKILL
Job = Callable[[], object]

_inherited: list[BaseDatabaseWrapper] = []  # kept, since a connection that is collected says so to the server


def begin(job: Job, trap: str = "") -> int:
    """Start a process with this trap, in the words of FAILPOINT, and return its id. No connection is shared."""
    connections.close_all()  # those that this thread sees; the child forgets the others
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
        _forget_inherited()
        arm(parse_trap(trap))
        job()
        connections.close_all()
        code = 0
    except BaseException:  # noqa: BLE001 - nothing of the tests may go on in here
        traceback.print_exc()
    finally:
        os._exit(code)


def _forget_inherited() -> None:
    """Connect anew in this process. Who shares a connection keeps it open, and the locks of whoever was killed on it.

    Django keeps the connections of a thread with an event loop, such as Playwright's, apart from those that the thread
    opened before. A fork ends the loop, so the child sees those again, which its parent could not close.
    """
    _inherited.extend(connections.all(initialized_only=True))
    for inherited in _inherited:
        del connections[inherited.alias]
