from django.utils import timezone

from apps.audit.actors import Actor
from apps.suppression.management.handing import MANIFEST, HandoverCommand
from apps.suppression.services import Handing, Order, hand_over


class Command(HandoverCommand):
    help = (
        "Write the file of suppressed people for another system: keyed digests, with the recipe to compute them, and "
        f"beside it FILE{MANIFEST} with its digest and signature. Recipient and purpose stand in the ledger. The key "
        "of the digests is not in the file."
    )

    def begin(self, order: Order, *, by: Actor) -> Handing:
        return hand_over(order, by=by, clock=timezone.now)
