from django.utils import timezone

from apps.audit.actors import Actor
from apps.suppression.management.handing import MANIFEST, HandoverCommand
from apps.suppression.services import Handing, Order, hand_over_plain
from apps.tickets.selectors.readable import readable_addresses


class Command(HandoverCommand):
    help = (
        "Write the file of suppressed people as plain SHA-256, for a system that cannot compute keyed digests, and "
        f"beside it FILE{MANIFEST}. Only people whose address a ticket still holds are in it; how many were left out "
        "stands in the manifest. Weaker: whoever has the file can find out by guessing who is in it, so say why."
    )

    def begin(self, order: Order, *, by: Actor) -> Handing:
        return hand_over_plain(order, read=readable_addresses, by=by, clock=timezone.now)
