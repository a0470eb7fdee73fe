"""Run what must not starve each other: a failure waits until everything else is done."""

from collections.abc import Callable, Iterable


def run_every(steps: Iterable[Callable[[], object]]) -> None:
    """Run every step though some fail, then raise the first failure; the others stand on it as notes, by class.

    Steps are drawn one after the other, so a generator may decide by what the earlier ones left. An interrupt counts
    as a failure.
    """
    failures: list[BaseException] = []
    for step in steps:
        try:
            step()
        except BaseException as failure:  # noqa: BLE001  raised below
            failures.append(failure)
    if failures:
        first, *others = failures
        for other in others:
            first.add_note(f"After it: {type(other).__name__}.")
        raise first
