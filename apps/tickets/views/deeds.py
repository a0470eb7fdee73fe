"""Which service each button calls, what it asks first, and what is said when it is done."""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms

from apps.tickets.acts import CHOOSE
from apps.tickets.forms import acting
from apps.tickets.services import approving, choosing, deciding, handling, unsubscribing


@dataclass(frozen=True)
class Deed:
    """A service and its form: the form's cleaned data are the service's keywords. ``done`` tells what is true now."""

    service: Callable
    form: type[forms.Form]
    done: str


# Services that take many tickets and return the refusals: the buttons of a page, and the actions of the list.
ON_TICKETS = {
    "approve": Deed(approving.approve, acting.ApproveForm, "Approved."),
    "verify": Deed(deciding.verify_identity, acting.VerifyForm, "Identity verified. Somebody else approves it now."),
    "deny": Deed(deciding.deny, acting.DenyForm, "Denied."),
    "cancel": Deed(deciding.cancel, acting.CancelForm, "Cancelled: no deletion was sent, and none will be."),
    "hold": Deed(deciding.hold, acting.ReasonForm, "On hold. The clock runs on."),
    "release": Deed(deciding.release, acting.NothingAsked, "Released. What is due goes on by itself."),
    "stop": Deed(handling.stop_rest, acting.ReasonForm, "Stopped what was not sent yet."),
    "undo-duplicate": Deed(deciding.undo_duplicate, acting.NothingAsked, "Back in its former state."),
}
# Services that take one ticket and raise.
ON_TICKET = {
    "renew": Deed(approving.renew_approval, acting.NothingAsked, "Approved again."),
    "look": Deed(handling.look_now, acting.NothingAsked, "The vendors are asked what they hold."),
    "duplicate": Deed(deciding.mark_duplicate, acting.DuplicateForm, "Closed as a duplicate."),
}
# Services that take one erasure and raise.
ON_ERASURE = {
    "retry": Deed(handling.retry, acting.NothingAsked, "To be tried again, after a look where one is possible."),
    "close": Deed(handling.close, acting.ReasonForm, "Closed as not erased here."),
    "exempt": Deed(handling.exempt, acting.ReasonForm, "Marked as exempt."),
    "by-hand": Deed(handling.record_by_hand, acting.EvidenceForm, "Recorded. An approver confirms the evidence next."),
    "confirm-by-hand": Deed(handling.confirm_by_hand, acting.NothingAsked, "Confirmed: erased by hand."),
    "mute": Deed(unsubscribing.mute, acting.NothingAsked, "The vendor is asked to unsubscribe the person."),
    "waive": Deed(handling.waive_snapshot, acting.ReasonForm, "The snapshot is waived."),
    CHOOSE: Deed(choosing.choose_profiles, acting.ChooseForm, "Chosen. Only these profiles are asked for."),
    "confirm-snapshot": Deed(handling.confirm_snapshot, acting.NothingAsked, "Confirmed. Sending goes on."),
}
REOPEN, CORRECT = "reopen", "correct"
