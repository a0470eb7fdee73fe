"""A task that fails as tasks do: with somebody's data in the words."""


def work(job_id: int) -> None:
    raise ValueError("Key (email)=(ann@example.org) exists already.")
