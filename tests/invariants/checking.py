"""Hold all promises against the evidence."""

from . import claiming, keeping, leaking, sending
from .evidence import Breach, Evidence

RULES = (*sending.RULES, *keeping.RULES, *leaking.RULES, *claiming.RULES)


def breaches(evidence: Evidence) -> list[Breach]:
    """Return what was broken, in the order of the promises; needs a database at rest."""
    found = [breach for rule in RULES for breach in rule(evidence)]
    return sorted(found, key=lambda breach: breach.rule)
