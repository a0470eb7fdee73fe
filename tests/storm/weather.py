"""Faults over the sandbox: some random orders always stand, so that about one request in ten meets one."""

import random
import threading

from tests.sandbox_process import Json, Sandbox

SLOW, TOO_SLOW = 0.7, 3  # seconds; TIMEOUT of the accounts lies between
STANDING = 8
MOST_SKIPPED = 30
PAUSE = 0.2
FAULTS: tuple[tuple[int, Json], ...] = (
    (1, {"status": 429, "headers": {"Retry-After": "1"}}),
    (1, {"status": 503}),
    (4, {"status": 500}),
    (4, {"status": 500, "effect": True}),
    (4, {"status": 504, "effect": True}),
    (4, {"wire": "reset", "effect": False}),
    (4, {"wire": "reset", "effect": True}),
    (2, {"wire": "timeout", "seconds": TOO_SLOW, "effect": False}),
    (2, {"wire": "timeout", "seconds": TOO_SLOW, "effect": True}),
    (2, {"seconds": SLOW}),
    (2, {"status": 200, "style": "html", "effect": True}),
    (1, {"status": 404, "style": "html"}),
    (4, {"wire": "cut"}),
    (4, {"status": 200, "style": "truncated", "effect": True}),
)
PATHS = ("delet", "delet", "")  # most of them upon deletions, the others upon whatever comes


class Weather(threading.Thread):
    """Orders faults until the block ends, then takes back what stands."""

    def __init__(self, sandbox: Sandbox, *, seed: float) -> None:
        super().__init__(name="weather", daemon=True)
        self._sandbox = sandbox
        self._chance = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
        self._over = threading.Event()

    def __enter__(self) -> "Weather":
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        self.join()
        self._sandbox.withdraw_faults()

    def run(self) -> None:
        while not self._over.wait(PAUSE):
            for _ in range(STANDING - len(self._sandbox.faults())):
                self._sandbox.fault(**self._next())

    def _next(self) -> Json:
        weights, faults = zip(*FAULTS, strict=True)
        [fault] = self._chance.choices(faults, weights)
        return fault | {"path": self._chance.choice(PATHS), "skip": self._chance.randrange(MOST_SKIPPED)}
