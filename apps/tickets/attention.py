"""Why an erasure or a ticket needs a person: one code, one sentence, one next step."""

from dataclasses import dataclass

from django.db.models import TextChoices


class Attention(TextChoices):
    REJECTED = "rejected", "Rejected by the vendor"
    PRESENT_BUT_REFUSED = "present_but_refused", "Present, but the vendor says it is not"
    OUT_OF_TRIES = "out_of_tries", "Out of tries"
    UNSETTLED = "unsettled", "Nobody knows what happened"
    STILL_PRESENT = "still_present", "Still present after the last check"
    CRASHED_TWICE = "crashed_twice", "The worker died twice here"
    NO_SNAPSHOT = "no_snapshot", "No snapshot could be taken"
    CHANGED_SINCE_APPROVAL = "changed_since_approval", "Changed since approval"
    APPROVAL_EXPIRED = "approval_expired", "Approval expired"
    APPROVER_GONE = "approver_gone", "Approver may no longer approve"
    AWAITS_SECOND_PERSON = "awaits_second_person", "Waits for a second person"
    CORRECTED = "corrected", "Corrected in a linked ticket"
    UNREADABLE = "unreadable", "The identifier cannot be read"
    ACCOUNT_GONE = "account_gone", "The account is no longer set up"


@dataclass(frozen=True)
class Advice:
    sentence: str
    next_step: str


_ADVICE = {
    Attention.REJECTED: Advice(
        "The vendor cannot take this request as it is, so trying again unchanged would fail again.",
        "Read the vendor's words, then correct and reopen, erase by hand, mark as exempt, or close as not erased.",
    ),
    Attention.PRESENT_BUT_REFUSED: Advice(
        "The vendor holds this person, yet says that it does not know the identifier as sent.",
        "Its record may carry another address by now. Open the snapshot for the vendor's id, and let an operator "
        "find the record by it (subscribers find --uuid). Where only the spelling differs, correct and reopen; where "
        "it is another address, let the vendor erase it by id, then record it as done by hand. If the account is "
        "paused because of many such answers, nothing is to do here: resuming it asks again.",
    ),
    Attention.OUT_OF_TRIES: Advice(
        "Every try allowed for this account was used and none brought a final answer.",
        "Look at the attempts, ask the vendor if needed, then retry or close.",
    ),
    Attention.UNSETTLED: Advice(
        "A request was sent, no readable answer came, and no look can tell what it did.",
        "An approver decides: send again, or close with a reason.",
    ),
    Attention.STILL_PRESENT: Advice(
        "The vendor accepted the request, but the last check still found the person.",
        "Let an operator find the record by its id in the last snapshot (subscribers find --uuid). Under the same "
        "address, ask the vendor with the request id above, then send again. Under another one, sending again cannot "
        "reach it: let the vendor erase it by id, then record it as done by hand, or close with a reason.",
    ),
    Attention.CRASHED_TWICE: Advice(
        "The worker died twice while it handled this erasure, so it is not tried a third time by itself.",
        "Ask an operator to look at the worker's log, then retry or close.",
    ),
    Attention.NO_SNAPSHOT: Advice(
        "The vendor could not be read, so nothing is known of what would be lost; nothing was sent.",
        "Look again, or let an approver waive the snapshot with a reason.",
    ),
    Attention.CHANGED_SINCE_APPROVAL: Advice(
        "A look found more than the approver had seen; nothing more is sent before somebody agrees.",
        "An approver reads the new snapshot, then confirms it or stops this erasure; where profiles carry different "
        "customer ids, choosing whose are erased confirms it.",
    ),
    Attention.APPROVAL_EXPIRED: Advice(
        "The approval ran out before everything was sent.",
        "An approver approves again, or stops the rest.",
    ),
    Attention.APPROVER_GONE: Advice(
        "Whoever approved this ticket has lost the right to approve since, so nothing leaves in that name.",
        "Another approver approves again, or stops the rest.",
    ),
    Attention.AWAITS_SECOND_PERSON: Advice(
        "One person has recorded that this was erased by hand, with evidence.",
        "An approver who is somebody else reads the evidence and confirms it.",
    ),
    Attention.CORRECTED: Advice(
        "A linked ticket carries the corrected identifier.",
        "Approve the linked ticket: this erasure then closes as not erased here.",
    ),
    Attention.UNREADABLE: Advice(
        "The sealed identifier cannot be opened: VAULT_KEYS lacks its key, or the key was destroyed.",
        "Ask an operator to put the missing key back, and this goes on by itself; else erase by hand or close.",
    ),
    Attention.ACCOUNT_GONE: Advice(
        "The environment no longer names this account, so nothing can be asked of the vendor: no erasure, and no look.",
        "Ask an operator to put its variable back and run sync_vendors, and this goes on by itself; else let the "
        "vendor erase it and record it as done by hand, or close with a reason.",
    ),
}


def advice_for(code: str) -> Advice | None:
    """Return sentence and next step of a code, or None for no code."""
    return _ADVICE[Attention(code)] if code else None
