"""One ticket as a document: what was held before, what was asked, what the vendors said, what remains, who did it.

docs/reconstruction.md tells what each part means. Reads loaded rows only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.audit.chain import moment
from apps.audit.models import AuditEvent, AuditSnapshot
from apps.tickets.meanings import meaning_of
from apps.tickets.models import Attempt, DeletionTicket, Erasure, SubscriberAct
from apps.tickets.selectors.reasons import opened

from .choices import asked_for, choice_of

FORMAT, VERSION = "compliance-console/reconstruction", 1
DESTROYED = "The contents were destroyed with their key; digest, vendor ids and times stay."

Document = dict[str, object]
Contents = Mapping[int, Document | None]  # by snapshot: what it holds, or None where that can no longer be read


@dataclass(frozen=True)
class Story:
    """Everything a document is made of. ``identifiers``: kind and value as typed, where they are to be shown.

    ``hide`` is what texts of others go through before they are told: the vendors' words.
    """

    ticket: DeletionTicket
    erasures: Sequence[Erasure]
    identifiers: Mapping[str, str]
    contents: Contents
    events: Sequence[AuditEvent]
    hide: Callable[[str], str]


def document_of(story: Story) -> Document:
    """Return plain values, ready for JSON."""
    return {
        "format": FORMAT,
        "format_version": VERSION,
        "ticket": _ticket(story.ticket),
        "identifiers": [_identifier(row, story.identifiers) for row in story.ticket.identifiers.all()],
        "erasures": [_erasure(erasure, story) for erasure in story.erasures],
        "ledger": [_event(event) for event in story.events],
    }


def _ticket(ticket: DeletionTicket) -> Document:
    plain = ("reference", "status", "resolution", "denial_code", "regime", "channel", "requester", "identity_basis")
    moments = ("requested_at", "received_at", "due_at", "opened_at", "identity_verified_at", "approved_at", "closed_at")
    moments += ("approval_expires_at", "forecast_at_approval")
    people = ("opened_by", "identity_verified_by", "approved_by")
    return {
        **{name: getattr(ticket, name) for name in plain},
        **{name: _moment(getattr(ticket, name)) for name in moments},
        **{name: _name(getattr(ticket, name)) for name in people},
        "sources_paused": ticket.sources_paused,
        "not_suppressed": ticket.not_suppressed,
        "own_initiative": ticket.own_initiative,
        "follows": ticket.predecessor and ticket.predecessor.reference,
    }


def _identifier(row, typed: Mapping[str, str]) -> Document:
    return {"kind": row.kind, "value": typed.get(row.kind), "masked": row.masked}


def _erasure(erasure: Erasure, story: Story) -> Document:
    before, after = erasure.before, erasure.after
    return {
        "account": erasure.account.name,
        "vendor": erasure.account.vendor,
        "host": erasure.account.host,
        "site": erasure.account.site,
        "kind": erasure.kind,
        "status": erasure.status,
        "attention": erasure.attention,
        "waiver": erasure.waiver,
        **{name: _moment(getattr(erasure, name)) for name in ("accepted_at", "verified_at", "closed_at")},
        "closed_by": _name(erasure.closed_by),
        "before": _snapshot(before, story.contents),
        "choice": _hidden_reason(choice_of(erasure, story.events), story),
        "shown_at_approval_sha256": _digest(erasure.shown_at_approval),
        "attempts": [_attempt(attempt, erasure, story) for attempt in erasure.attempts.all()],
        "unsubscribes": [_act(act) for act in erasure.subscriber_acts.all()],
        "after": _snapshot(after, story.contents),
        "difference": _difference(before, after, story.contents),
    }


def _snapshot(snapshot: AuditSnapshot | None, contents: Contents) -> Document | None:
    if snapshot is None:
        return None
    held, destroyed_at = contents.get(snapshot.pk), snapshot.key.shredded_at
    return {
        "taken_at": _moment(snapshot.taken_at),
        "destroyed_at": _moment(destroyed_at),
        "profiles": _profiles(snapshot),
        "unsubscribed": snapshot.unsubscribed,
        "vendor_uuids": snapshot.vendor_uuids,
        "answer_sha256": _digest(snapshot),
        "contents": held,
        "note": "" if held else DESTROYED,
    }


def _profiles(snapshot: AuditSnapshot) -> int | None:
    return snapshot.profiles if snapshot.is_readable else None


def _hidden_reason(choice: Document | None, story: Story) -> Document | None:
    return choice and {**choice, "reason": story.hide(choice["reason"])}


def _attempt(attempt: Attempt, erasure: Erasure, story: Story) -> Document:
    meaning = meaning_of(erasure.account.vendor, attempt.outcome, attempt.http_status, html=attempt.is_html)
    return {
        "number": attempt.number,
        "attempt": str(attempt.pk),
        "started_at": _moment(attempt.started_at),
        "answered_at": _moment(attempt.answered_at),
        "http_status": attempt.http_status,
        "asked_for": asked_for(attempt, erasure, story.events),
        "outcome": attempt.outcome,
        "meaning": meaning.text if attempt.answered_at else "",
        "request_id": attempt.request_id,
        "words": story.hide(opened(story.ticket.key, attempt.words, attempt.words_name)),
    }


def _act(act: SubscriberAct) -> Document:
    moments = ("requested_at", "sent_at", "checked_at")
    told = {"kind": act.kind, "status": act.status, "outcome": act.outcome, "requested_by": _name(act.requested_by)}
    return {**told, **{name: _moment(getattr(act, name)) for name in moments}}


def _difference(before: AuditSnapshot | None, after: AuditSnapshot | None, contents: Contents) -> Document | None:
    """Put what was held beside what remains; a list is None where its snapshot can no longer be read."""
    if before is None or after is None:
        return None
    return {
        "profiles": {"held": _profiles(before), "remain": _profiles(after)},
        "unsubscribed": {"held": before.unsubscribed, "remains": after.unsubscribed},
        "vendor_uuids": _both(before.vendor_uuids, after.vendor_uuids),
        **{name: _both(*(read(contents.get(each.pk)) for each in (before, after))) for name, read in _PARTS.items()},
    }


def _both(held: list[str] | None, remain: list[str] | None) -> Document:
    gone = None if held is None or remain is None else [each for each in held if each not in remain]
    return {"held": held, "remain": remain, "gone": gone}


def _tags(contents: Document | None) -> list[str] | None:
    return _parts(contents, lambda profile: profile["tags"])


def _fields(contents: Document | None) -> list[str] | None:
    """Name the fields that hold something, without what they hold."""
    return _parts(contents, lambda profile: [name for name, value in profile["fields"].items() if value])


def _parts(contents: Document | None, read: Callable[[Document], list[str]]) -> list[str] | None:
    return None if contents is None else sorted({part for profile in contents["profiles"] for part in read(profile)})


_PARTS = {"tags": _tags, "fields": _fields}


def _event(event: AuditEvent) -> Document:
    try:
        entry = event.entry
    except ValueError:
        entry = {"facts": "The stored bytes cannot be read. Run verify_ledger."}
    return {
        "seq": event.seq,
        "at": _moment(event.at),
        "action": event.action,
        "subject": event.subject,
        "actor": event.actor,
        "via": entry.get("via", ""),
        "facts": entry.get("facts"),
        "link": bytes(event.link).hex(),
    }


def _digest(snapshot: AuditSnapshot | None) -> str | None:
    return bytes(snapshot.digest).hex() if snapshot else None


def _moment(at: datetime | None) -> str | None:
    return at and moment(at)


def _name(user) -> str | None:
    return user and user.get_username()
