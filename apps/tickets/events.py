"""The ledger's entries of a ticket, told in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from apps.audit.models import AuditEvent

from .attention import Attention
from .models import Reappearance, SubscriberAct
from .models.ticket import IdentityBasis, NotSuppressed, OwnInitiative, SourcesPaused
from .states import DenialCode, ErasureStatus, Resolution

_E = ErasureStatus


@dataclass(frozen=True)
class Told:
    """One line of a history. ``where`` names the account and the kind of identifier, if it is about one erasure."""

    text: str
    tone: str
    where: str
    actor: str
    via: str
    at: datetime


_WORDS: dict[str, tuple[str, str]] = {
    "ticket.opened": ("Opened", ""),
    "ticket.awaiting_identity": ("Not a duplicate after all: waits for identity again", "warn"),
    "ticket.pending_approval": ("Needs approval", ""),
    "ticket.approved": ("Approved", "good"),
    "ticket.approval_renewed": ("Approved again", "good"),
    "ticket.in_progress": ("At the vendors", "busy"),
    "ticket.awaiting_readback": ("Every request was answered; the vendors are checked next", "busy"),
    "ticket.completed": ("Completed", "good"),
    "ticket.denied": ("Denied", "bad"),
    "ticket.cancelled": ("Cancelled", ""),
    "ticket.duplicate": ("Closed as a duplicate", ""),
    "ticket.held": ("Put on hold", "warn"),
    "ticket.released": ("Released from hold", ""),
    "ticket.reopened": ("Reopened in a linked ticket", ""),
    "ticket.identifiers_shown": ("Identifiers shown in clear, with note and request", "warn"),
    "ticket.reconstructed": ("The whole story was downloaded", "warn"),
    "attempt.started": ("Request sent", "busy"),
    "attempt.answered_late": ("An answer came after the erasure had moved on", "warn"),
    "erasure.queued": ("Put back into the queue", "warn"),
    "erasure.accepted": ("Accepted by the vendor, not yet proof", "busy"),
    "erasure.not_found": ("Not found at the vendor", "good"),
    "erasure.rejected": ("Rejected", "bad"),
    "erasure.retry_wait": ("No final answer; to be tried again", "warn"),
    "erasure.outcome_unknown": ("No readable answer: the outcome is unknown", "warn"),
    "erasure.verified_absent": ("Checked: the person is gone", "good"),
    "erasure.still_present": ("Checked: the person is still there", "bad"),
    "erasure.next_round": ("Checked: fewer profiles are left, and the next round follows", "busy"),
    "erasure.next_profile": ("The next chosen profile is asked for", "busy"),
    "erasure.profiles_chosen": ("Chosen whose profiles are erased", "warn"),
    "erasure.stop_asked": ("Asked to stop: looks go on, nothing is sent again", ""),
    "erasure.look_asked": ("A fresh look was asked for", ""),
    "erasure.retried": ("A new try was asked for", ""),
    "erasure.asked_again": ("The account was put right: looked up and asked for again", ""),
    "erasure.closed": ("Closed", ""),
    "erasure.by_hand": ("Recorded as done by hand", ""),
    "erasure.snapshot_waived": ("Snapshot waived", "warn"),
    "erasure.snapshot_confirmed": ("New snapshot confirmed", ""),
    "erasure.corrected": ("Corrected in a linked ticket", ""),
    "erasure.approval_expired": ("The approval ran out before this was sent", "warn"),
    "erasure.approver_gone": ("The approver may no longer approve", "warn"),
    "erasure.unreadable": ("The identifier cannot be read, so nothing is asked of the vendor", "bad"),
    "erasure.readable_again": ("The identifier can be read again", ""),
    "erasure.account_gone": ("The account is no longer set up, so nothing can be asked of the vendor", "bad"),
    "erasure.account_back": ("The account is set up again", ""),
    "erasure.no_snapshot": ("No snapshot could be taken", "bad"),
    "erasure.changed_since_approval": ("More was found than the approver had seen; nothing was sent", "bad"),
    "erasure.reappeared": ("Seen again at the vendor", "warn"),
    "reappearance.by_choice": ("Came back by choice; no longer blocked", ""),
    "reappearance.reimported": ("Was re-imported", "warn"),
    "reappearance.shredded": ("What was seen again was destroyed", ""),
    "reappearance.viewed": ("What was seen again was opened", "warn"),
    "erasure.worker_died": ("The worker died on the way", "bad"),
    "erasure.mute_asked": ("A mute was asked for", ""),
    "erasure.mute_sent": ("Unsubscribe sent, to mute the person while the deletion waits", "busy"),
    "erasure.mute_done": ("Muted", "good"),
    "erasure.mute_failed": ("Not muted", "bad"),
    "erasure.restore_asked": ("Restoring the unsubscribe state was asked for", ""),
    "erasure.restore_sent": ("Unsubscribe sent, to restore the state before the deletion", "busy"),
    "erasure.restore_done": ("The unsubscribe state is restored", "good"),
    "erasure.restore_failed": ("The unsubscribe state is not restored", "bad"),
    "suppression.added": ("Put on the suppression list", "good"),
    "suppression.withdrawn": ("Withdrawn from the suppression list", ""),
    "suppression.lifted": ("No longer blocked", "warn"),
    "suppression.unsubscribe_noted": ("That the person had unsubscribed is kept on the suppression list", ""),
    "suppression.import_withdrawn": ("An import into a suppression list was withdrawn", "warn"),
    "suppression.evidence_viewed": ("Why a block was lifted was read", "warn"),
    "suppression.evidence_shredded": ("Why a block was lifted was destroyed after two years", ""),
    "suppression.list_described": ("What a suppression list is for was changed", ""),
    "suppression.import_started": ("An import into a suppression list began", ""),
    "suppression.import_stop_asked": ("Stopping an import into a suppression list was asked for", ""),
    "suppression.import_broken_off": ("An import into a suppression list ended before its file", "warn"),
    "suppression.handover_started": ("Handing a suppression list over began", "warn"),
    "suppression.handed_over": ("A suppression list was handed over", "warn"),
    "suppression.statement_viewed": ("Why a suppression list was handed over was read", "warn"),
    "suppression.imported": ("A suppression list was imported", ""),
    "subscriber.find": ("Somebody was looked up", ""),
    "subscriber.search": ("Subscribers were searched", ""),
    "subscriber.import": ("Subscribers were imported", "warn"),
    "subscriber.create": ("A subscriber was created", "warn"),
    "subscriber.command": ("Commands about subscribers were sent", "warn"),
    "subscriber.delete_one": ("A single profile was deleted", "warn"),
    "account.synced": ("The account was read from the environment", ""),
    "account.retired": ("The account is no longer set up", "warn"),
    "account.checked": ("The account's key was tried", ""),
    "account.search_asked": ("Asked to try the refused search again", ""),
    "account.paused": ("The account was paused", "bad"),
    "account.resumed": ("The account was resumed", "good"),
    "account.broken": ("Calls for different people failed in a row: one at a time is tried", "bad"),
    "account.probed": ("One call finds out whether the vendor answers again", "busy"),
    "account.recovered": ("The vendor answers again", "good"),
    "ledger.rolled_back": ("The database was put back to an older state: every account paused", "bad"),
    "account.day_closed": ("The vendor kept refusing deletions: its day counts as used up", "warn"),
    "batch.opened": ("Tickets were opened in a batch", ""),
    "batch.accepted": ("A batch was accepted", ""),
    "batch.stop_requested": ("Asked to stop a batch", "warn"),
    "batch.rejects_exported": ("Rejected rows were downloaded", "warn"),
    "batch.shredded": ("The rows of a batch were destroyed", ""),
    "report.started": ("A report was begun", ""),
    "report.finished": ("A report was made", ""),
    "staff.added": ("Somebody on the staff got an account", "warn"),
    "staff.changed": ("An account of the staff was changed", "warn"),
    "api.client_added": ("An upstream system got access to the API", "warn"),
    "api.token_issued": ("A token for the API was issued", "warn"),
    "api.token_revoked": ("A token for the API was revoked", ""),
    "snapshot.sealed": ("Looked at, and sealed as an audit snapshot", ""),
    "snapshot.viewed": ("The sealed snapshot was opened", "warn"),
    "snapshot.shredded": ("The snapshot's contents were destroyed", ""),
}
# The same moves where a look made them: no answer stands in the facts.
_AFTER_A_LOOK: dict[str, tuple[str, str]] = {
    "erasure.accepted": ("Checked without proof; to be checked again", "busy"),
    "erasure.not_found": ("Checked: nobody is there, as before the request", "good"),
    "erasure.rejected": ("Checked: still there, though the vendor says it is not", "bad"),
    "erasure.retry_wait": ("Checked: to be tried again", "warn"),
    "erasure.outcome_unknown": ("Checked without a usable answer", "warn"),
}
_LABELS = {
    "resolution": dict(Resolution.choices),
    "code": dict(DenialCode.choices),
    "status": dict(ErasureStatus.choices),
    "identity_basis": {value: f"identity: {label.lower()}" for value, label in IdentityBasis.choices}
    | {OwnInitiative.BASIS.value: OwnInitiative.BASIS.label.lower()},
    "sources_paused": {value: f"sources paused: {label.lower()}" for value, label in SourcesPaused.choices},
    "not_suppressed": {value: f"not suppressed: {label}" for value, label in NotSuppressed.choices},
    "because": {"approval_expired": "the approval ran out"},
    "source": dict(Reappearance.Source.choices),
    "why": dict(SubscriberAct.Outcome.choices),
    "choice": {"all": "all of them", "ticked": "the ticked ones"},
    "moment": {"before": "before the deletion", "after": "after it"},
}
_PLAIN_FACTS = {"cover": "of {}", "as": "as {}", "corrected_in": "{}", "http_status": "HTTP {}", "number": "try {}"}
_PLAIN_FACTS |= {"round": "round {}", "profile": "profile {}", "left": "{} left", "spared": "{} left alone"}
_PLAIN_FACTS |= {"anonymized_remains": "an anonymized record remains"}
_NEUTRAL_ENDS = frozenset({Resolution.NOT_ERASED, Resolution.PARTLY_ERASED, Resolution.ACCEPTED_UNVERIFIED})


def tell(event: AuditEvent) -> Told:
    """Say one event in words; an unknown action keeps its name, an unreadable body says so."""
    text, tone = _WORDS.get(event.action, (event.action, ""))
    try:
        entry = event.entry
    except ValueError:
        return Told(f"{text} (the stored bytes cannot be read)", "bad", _where(event), event.actor, "", event.at)
    facts = entry.get("facts") or {}
    if "outcome" not in facts:
        text, tone = _AFTER_A_LOOK.get(event.action, (text, tone))
    if event.action == "erasure.retry_wait" and facts.get("attention"):
        text, tone = _needs_a_person(text, str(facts["attention"])), "bad"
    more = _more(event.action, facts)
    told_tone = "warn" if facts.get("resolution") in _NEUTRAL_ENDS else tone
    words = f"{text}, {more}" if more else text
    return Told(words, told_tone, _where(event), event.actor, entry.get("via", ""), event.at)


def _needs_a_person(text: str, code: str) -> str:
    """Say why nothing is tried again, in place of the promise to do so."""
    before = text.partition(":")[0].partition(";")[0]
    return f"{before}: needs a person, {_lower(dict(Attention.choices).get(code, code))}"


def _more(action: str, facts: Mapping[str, object]) -> str:
    """Add what the facts say; only a closed erasure has not said its status already."""
    told = [name for name in _LABELS if facts.get(name) and (name != "status" or action == "erasure.closed")]
    named = [_LABELS[name].get(str(facts[name]), "") for name in told]
    plain = [words.format(facts[name]) for name, words in _PLAIN_FACTS.items() if facts.get(name)]
    return ", ".join(_lower(word) for word in [*named, *plain] if word)


def _lower(word: str) -> str:
    return word if word[:2].isupper() else word[:1].lower() + word[1:]


def _where(event: AuditEvent) -> str:
    _, _, rest = event.subject.partition("/")
    return rest.replace("/", ", ").replace("_", " ")
