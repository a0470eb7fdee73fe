"""The shape of a row of the matrix: a fault, how it is brought about, and what a person sees of it."""

from collections.abc import Callable
from dataclasses import dataclass

from .desk import Desk
from .shown import Shown

Play = Callable[[Desk], None]
BENTO, BLUESHIFT = ("bento",), ("blueshift",)
BOTH = BENTO + BLUESHIFT


@dataclass(frozen=True)
class Row:
    """``at_once`` is read when ``play`` is over; ``at_last`` after ``cure`` and days with the vendor well again.

    ``sent`` counts the deletions that vendors saw over all of it. ``then``: what a
    person does before the vendor is asked again. ``processes``: workers of their own take part. ``engine``: the one
    database that can fail like this. ``sample``: runs on PostgreSQL in short runs too.
    """

    id: str
    fault: str
    play: Play
    at_once: Shown
    at_last: Shown
    sent: int = 2
    vendors: tuple[str, ...] = BOTH
    then: str = ""
    processes: bool = False
    engine: str = ""
    sample: bool = False

    def cure(self, desk: Desk) -> None:
        desk.heal()
        if self.then:
            desk.resume()
        desk.wait_out()


@dataclass(frozen=True)
class Elsewhere:
    """A fault without a request in flight: ``shows`` says what is seen, and the named test proves it."""

    id: str
    fault: str
    shows: str
    proof: str


@dataclass(frozen=True)
class Open:
    """A fault that does not apply here, or that the console does not meet yet; ``reason`` says which."""

    id: str
    fault: str
    reason: str
