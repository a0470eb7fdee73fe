"""Each process of the cluster killed in turn."""

from .table import Elsewhere

_IDLE = "tests/journeys/test_cluster_deaths.py::test_the_work_goes_on_after_a_process_was_killed_while_idle"
_END = "the next ticket ends “Erased, verified”, asked for once, and no process is left over."

DEATHS = [
    Elsewhere("F34", "the cluster's main process is killed", f"The keeper starts another group at once; {_END}", _IDLE),
    Elsewhere(
        "F34",
        "the process that guards the workers (sentinel) is killed",
        f"The keeper ends what is left of the group and starts another at once; {_END}",
        _IDLE,
    ),
    Elsewhere(
        "F34",
        "the process that fetches messages (pusher) is killed",
        f"It is replaced, and what it had fetched is rung again within a minute; {_END}",
        _IDLE,
    ),
    Elsewhere(
        "F34",
        "the process that records results (monitor) is killed",
        f"It is replaced, or the keeper starts another group once nothing is answered; {_END}",
        _IDLE,
    ),
    Elsewhere(
        "F34",
        "an idle worker is killed, or all of them",
        f"They are replaced, or the keeper starts another group once nothing is answered; {_END}",
        _IDLE,
    ),
    Elsewhere(
        "F34",
        "a worker is killed while the vendor answers",
        "Another takes its place. The outcome is unknown once the lease has run out, and a look settles it: “Erased, "
        "verified”, asked for once.",
        "tests/journeys/test_cluster_deaths.py"
        "::test_a_worker_killed_while_the_vendor_answers_is_replaced_and_sends_nothing_twice",
    ),
    Elsewhere(
        "F34",
        "the keeper is killed",
        "Its workers notice, finish what is in flight and end; the overview says “Gone” until one is started.",
        "tests/jobs/test_run_cluster.py::test_workers_end_when_their_keeper_is_killed",
    ),
    Elsewhere(
        "F34",
        "keeper and main process are killed",
        "The next keeper ends whatever is left of the group before it starts its own.",
        "tests/jobs/test_run_cluster.py"
        "::test_the_next_keeper_ends_what_is_left_when_keeper_and_main_process_were_killed",
    ),
]
