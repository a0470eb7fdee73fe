"""Hand lists over to other systems: as keyed digests, with a signed account of what left, for whom and why."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings

from apps.audit.actors import Actor
from apps.audit.chain import Fact
from apps.audit.services import deed, record
from apps.privacy.failpoints import Failpoint, reach
from apps.privacy.signing import sign
from apps.privacy.vault import new_key, seal, unseal
from apps.suppression.errors import SuppressionError
from apps.suppression.handover_file import Piece, Read, keyed, plain
from apps.suppression.models import SuppressionHandover, SuppressionList

from .blocking import NAME
from .lifting import SEE_EVIDENCE

HAND_OVER = "suppression.export_suppressionhandover"
HAND_OVER_PLAIN = "suppression.export_sha256"
Form = SuppressionHandover.Form
TEXT_FORMAT = 2


class NotForThem(SuppressionError):
    """The recipient may not have it."""


class BadOrder(SuppressionError):
    """What was asked for cannot be done like this."""


@dataclass(frozen=True)
class Order:
    """Who gets which list, and for what. ``recipient`` is the name of a system; all lists where none is named."""

    recipient: str
    recipient_kind: str
    purpose: str
    list_name: str = ""
    statement: str = field(default="", repr=False)


@dataclass(frozen=True)
class Handing:
    """A handover on its way: ``chunks`` can be read once, and reading them to the end finishes it."""

    handover: SuppressionHandover
    chunks: Iterator[bytes]


def hand_over(order: Order, *, by: Actor, clock: Callable[[], datetime]) -> Handing:
    """Record the handover, then return it. One that nobody read to its end stays started, without a digest.

    Raises NotAllowed, NotForThem or BadOrder.
    """
    by.require(HAND_OVER)
    _refuse_third_parties(order)
    handover = _start(order, Form.KEYED, by=by, at=clock())
    return Handing(handover, _stream(handover, keyed(handover), by=by, clock=clock))


def hand_over_plain(order: Order, *, read: Read, by: Actor, clock: Callable[[], datetime]) -> Handing:
    """Hand over plain SHA-256 of the addresses that ``read`` still knows by our digests; see hand_over.

    It takes a right of its own and a statement why: whoever has such a file can find out by guessing who is in it.
    """
    by.require(HAND_OVER_PLAIN)
    _refuse_third_parties(order)
    if not order.statement.strip():
        raise NotForThem("Say why the recipient cannot work with keyed digests.")
    handover = _start(order, Form.SHA256, by=by, at=clock())
    return Handing(handover, _stream(handover, plain(handover, read), by=by, clock=clock))


def manifest_of(handover: SuppressionHandover) -> dict[str, object]:
    """Return what goes beside the file, once it is finished: its digest, and the text that was signed."""
    return {
        "handover": handover.reference,
        "recipient": handover.recipient,
        "list": handover.list_name,
        "purpose": handover.purpose,
        "form": handover.form,
        "made_at": handover.made_at,
        "rows": handover.rows,
        "left_out": handover.left_out,
        "sha256": handover.sha256,
        "signed_text": signed_text(handover),
        "signature": handover.signature or "unsigned: CHECKPOINT_KEY was not set",
        "public_key": handover.public_key,
    }


def signed_text(handover: SuppressionHandover) -> str:
    """Return what the signature is over, in the format in which this handover was signed."""
    parts: list[object] = [f"compliance-console suppression handover {handover.text_format}"]
    parts += [handover.reference, handover.recipient, handover.list_name]
    if handover.text_format == 1:
        parts += [handover.rows, handover.sha256]
    else:
        parts += [handover.purpose, handover.form, handover.made_at]
        parts += [handover.rows, handover.left_out, handover.sha256]
    return "|".join(map(str, parts))


@deed()
def open_statement(handover: SuppressionHandover, *, by: Actor, at: datetime) -> str:
    """Return why it was handed over, in words, and record who read it; raise NotAllowed or VaultError."""
    by.require(SEE_EVIDENCE)
    if handover.statement is None:
        return ""
    text = unseal(handover.statement_key, handover.statement, name=handover.statement_name)
    record("suppression.statement_viewed", handover.reference, by=by, at=at)
    return text


def _refuse_third_parties(order: Order) -> None:
    if order.recipient_kind != SuppressionHandover.RecipientKind.THIRD_PARTY:
        return
    if not settings.HANDOVER_THIRD_PARTIES:
        raise NotForThem("Lists are not handed to third parties. An Operator can allow it: HANDOVER_THIRD_PARTIES=on.")
    if not order.statement.strip():
        raise NotForThem("Say why a third party has to have it.")


@dataclass
class _Tally:
    rows: int = 0
    left_out: int = 0
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)


@deed()
def _start(order: Order, form: str, *, by: Actor, at: datetime) -> SuppressionHandover:
    if not NAME.fullmatch(order.recipient):
        raise BadOrder("The recipient is the name of a system: small letters, digits, hyphens and underscores.")
    handover = SuppressionHandover.objects.create(
        made_by=by.user,
        via=by.via,
        started_at=at,
        recipient=order.recipient,
        recipient_kind=SuppressionHandover.RecipientKind(order.recipient_kind),
        purpose=SuppressionHandover.Purpose(order.purpose),
        list=_list_named(order.list_name),
        form=form,
        text_format=TEXT_FORMAT,
    )
    sealed = _seal_statement(handover, order.statement, at) if order.statement else {}
    facts = {
        "recipient": order.recipient,
        "kind": order.recipient_kind,
        "purpose": order.purpose,
        "form": str(form),
        **sealed,
    }
    record("suppression.handover_started", handover.reference, by=by, at=at, facts=facts | _list_fact(handover))
    return handover


def _list_named(name: str) -> SuppressionList | None:
    if not name:
        return None
    found = SuppressionList.objects.filter(name=name).first()
    if found is None:
        raise BadOrder(f"There is no list “{name}”.")
    return found


def _list_fact(handover: SuppressionHandover) -> dict[str, Fact]:
    return {"list": handover.list_name}


def _seal_statement(handover: SuppressionHandover, statement: str, at: datetime) -> dict[str, Fact]:
    handover.statement_key = new_key(at)
    handover.statement = seal(handover.statement_key, statement, name=handover.statement_name)
    handover.save(update_fields=["statement_key", "statement"])
    return {"sealed_sha256": hashlib.sha256(handover.statement).hexdigest()}


def _stream(
    handover: SuppressionHandover, pieces: Iterator[Piece], *, by: Actor, clock: Callable[[], datetime]
) -> Iterator[bytes]:
    """Yield the file. What comes after the last piece runs once the reader has taken it, or never."""
    tally = _Tally()
    for data, rows, left_out in pieces:
        tally.rows += rows
        tally.left_out += left_out
        tally.digest.update(data)
        yield data
        reach(Failpoint.EXPORT_UNFINISHED)
    _finish(handover, tally, by=by, at=clock())


@deed()
def _finish(handover: SuppressionHandover, tally: _Tally, *, by: Actor, at: datetime) -> None:
    handover.state = SuppressionHandover.State.FINISHED
    handover.finished_at = at
    handover.rows, handover.left_out, handover.sha256 = tally.rows, tally.left_out, tally.digest.hexdigest()
    if signature := sign(signed_text(handover).encode()):
        handover.signature, handover.public_key = signature.value, signature.public_key
    handover.save(update_fields=["state", "finished_at", "rows", "left_out", "sha256", "signature", "public_key"])
    counts = {"rows": handover.rows, "left_out": handover.left_out}
    facts = {**counts, "sha256": handover.sha256, "signed": bool(signature)}
    record("suppression.handed_over", handover.reference, by=by, at=at, facts=facts | _list_fact(handover))
