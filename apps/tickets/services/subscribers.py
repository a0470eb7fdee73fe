"""What operators may ask of a vendor beside erasures, with the guards of the console (docs/commands.md).

Creating calls refuse suppressed addresses. A command goes only to somebody whom a look not older than 60 seconds found:
on an unknown address the vendor would create the person. Each function is one act and one event; none holds a
transaction while a request is out, and none sends twice.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from apps.audit.actors import Actor
from apps.audit.services import deed
from apps.privacy.digests import digests
from apps.privacy.identifiers import Kind
from apps.tickets.selectors.acts_due import is_deletion_on_its_way
from apps.vendors.clients.answers import Created, Look, Profile, Receipt, SearchPage, Tally
from apps.vendors.clients.bento_lookups import Search
from apps.vendors.clients.client import Offer, VendorClient
from apps.vendors.clients.subscribers import Command, Subscriber, Verb
from apps.vendors.models import VendorAccount

from .holding_back import reasons_not_to_create
from .sent_unsubscribes import note_unsubscribe, taken_back_if_refused
from .vendor_calls import WRITE, Call, Clock, PersonRefused, vendor_call

COMMANDS_AT_ONCE = 25  # each takes a look before it, and all of them have to be younger than 60 seconds
_STALE = "the look is older than 60 seconds"
_LEFT_FIRST = "a deletion may be on its way here, and after it the command would create the person anew"


@dataclass(frozen=True)
class Sent:
    """What became of many: the vendor's tally, None where nothing was left to send, and refusals by position."""

    tally: Tally | None = None
    refused: dict[int, str] = field(default_factory=dict)


def find(account: VendorAccount, email: str, *, by: Actor, clock: Clock) -> Look:
    """Read what is held under one address, in exactly this spelling. Raises VendorError where no answer is sure."""
    with vendor_call(account, Offer.FIND, calls=1, by=by, clock=clock) as call:
        look = call.client.look("email", email)
        call.accept(look.http_status, found=len(look.profiles))
        return look


def find_by_uuid(account: VendorAccount, vendor_uuid: str, *, by: Actor, clock: Clock) -> Look:
    """Read the record with the vendor's own id; see find."""
    with vendor_call(account, Offer.FIND, calls=1, by=by, clock=clock) as call:
        look = call.client.look_by_uuid(vendor_uuid)
        call.accept(look.http_status, found=len(look.profiles))
        return look


def search(account: VendorAccount, wanted: Search, *, page: int, by: Actor, clock: Clock) -> SearchPage:
    """Read one page of a search. Raises VendorUnavailable where the account's plan has none."""
    with vendor_call(account, Offer.SEARCH, calls=1, by=by, clock=clock) as call:
        found = call.client.lookups.search(wanted, page=page)
        call.accept(found.http_status, found=len(found.profiles))
        return found


def import_subscribers(account: VendorAccount, subscribers: Sequence[Subscriber], *, by: Actor, clock: Clock) -> Sent:
    """Import up to 1000 in one call, without those whom a list blocks. What the vendor failed stands in the tally."""
    by.require(WRITE)
    reasons = reasons_not_to_create(account, (each.email for each in subscribers), at=clock())
    refused = {number: reasons[each.email] for number, each in enumerate(subscribers) if each.email in reasons}
    left = [each for each in subscribers if each.email not in reasons]
    if not left:
        return Sent(refused=refused)
    with vendor_call(account, Offer.IMPORT, calls=1, by=by, clock=clock) as call:
        call.counts.update(asked=len(subscribers), refused=len(refused), sent=len(left))
        tally = call.client.subscribers.add_all(left)
        call.accept(tally.http_status, taken=tally.taken, failed=tally.failed)
    return Sent(tally, refused)


def create(account: VendorAccount, email: str, *, by: Actor, clock: Clock) -> Created:
    """Create one subscriber at once. Raises PersonRefused for a suppressed address."""
    by.require(WRITE)
    reasons = reasons_not_to_create(account, [email], at=clock())
    if reasons:
        raise PersonRefused(f"Nothing was sent: {reasons[email]}.")
    with vendor_call(account, Offer.CREATE, calls=1, by=by, clock=clock) as call:
        created = call.client.subscribers.create(email)
        call.accept(created.http_status)
        return created


def command(account: VendorAccount, commands: Sequence[Command], *, by: Actor, clock: Clock) -> Sent:
    """Send up to COMMANDS_AT_ONCE commands in one call, each after a look that found its person.

    Nobody is sent a command who is suppressed (where it could create or move a person), unknown, or unsubscribed
    already, or minutes ago so that no look shows it yet (where it would move the date).
    """
    if len(commands) > COMMANDS_AT_ONCE:
        raise ValueError(f"One call takes {COMMANDS_AT_ONCE} commands, for each is looked up first.")
    by.require(WRITE)
    refused = _suppressed(account, dict(enumerate(commands)), at=clock()) | _repeated(commands)
    left = {number: each for number, each in enumerate(commands) if number not in refused}
    if not left:
        return Sent(refused=refused)
    with vendor_call(account, Offer.COMMAND, calls=len(left) + 1, by=by, clock=clock) as call:
        call.counts.update(_verbs(commands), asked=len(commands))
        refused |= _unfit_after_look(call, left)
        client = call.client
        fit = {number: left[number] for number in left.keys() - refused.keys()}
        refused |= _overtaken(account, fit, sent_by=by.name, at=clock())
        return Sent(_run(client, call, left, refused), refused)


def delete_one(account: VendorAccount, email: str, *, customer_id: str = "", by: Actor, clock: Clock) -> Receipt:
    """Delete one profile of an address, for good and without a ticket. Raises PersonRefused unless it is exactly one.

    Of several profiles `customer_id` has to name one: without the flag for all, the vendor deletes whichever it likes.
    """
    attempt = uuid.uuid4()
    with vendor_call(account, Offer.DELETE_ONE, calls=2, by=by, clock=clock) as call:
        call.counts.update(request=str(attempt))
        look, looked_at = call.look_first(email)
        call.counts.update(found=len(look.profiles))
        kind, value = _the_one(look.profiles, email, customer_id)
        client = call.client
        if call.is_stale(looked_at):
            raise PersonRefused(f"Nothing was sent: {_STALE}.")
        call.take_send()
        receipt = client.delete_one(kind, value, attempt=attempt)
        call.accept(receipt.http_status)
        return receipt


def _suppressed(account: VendorAccount, commands: Mapping[int, Command], *, at: datetime) -> dict[int, str]:
    """Ask about whoever a command could create, and about both ends of a change of address."""
    asked = {number: _whom_it_could_create(each) for number, each in commands.items()}
    reasons = reasons_not_to_create(account, (email for emails in asked.values() for email in emails), at=at)
    return {
        number: next(reasons[email] for email in emails if email in reasons)
        for number, emails in asked.items()
        if any(email in reasons for email in emails)
    }


def _whom_it_could_create(each: Command) -> tuple[str, ...]:
    if each.verb is Verb.CHANGE_EMAIL:
        return (each.email, each.name)
    return (each.email,) if each.verb.creates else ()


def _repeated(commands: Sequence[Command]) -> dict[int, str]:
    """Refuse the second of two equal commands: the first one would no longer be what the look found."""
    first = {each: number for number, each in reversed(list(enumerate(commands)))}
    return {number: "stands here twice" for number, each in enumerate(commands) if first[each] != number}


def _unfit_after_look(call: Call, left: dict[int, Command]) -> dict[int, str]:
    """Look at everybody, then refuse the unfit and those whose look has grown old meanwhile."""
    looks = {email: call.look_first(email) for email in dict.fromkeys(each.email for each in left.values())}
    reasons = {number: _reason_against(each, *looks[each.email], call) for number, each in left.items()}
    return {number: reason for number, reason in reasons.items() if reason}


def _reason_against(each: Command, look: Look, looked_at: datetime, call: Call) -> str:
    if not look.profiles:
        return "the vendor does not know this address, and the command could create it"
    if call.is_stale(looked_at):
        return _STALE
    if each.verb is Verb.UNSUBSCRIBE and any(profile.unsubscribed is not False for profile in look.profiles):
        return "is unsubscribed already, or the vendor does not say: the command would move the date"
    return ""


@deed()
def _overtaken(account: VendorAccount, fit: Mapping[int, Command], *, sent_by: str, at: datetime) -> dict[int, str]:
    """Ask once more, since the looks took their time; approvals and deletions are committed behind the same lock.

    Note each unsubscribe before it leaves, and refuse those whose address got another one that no look shows yet.
    """
    reasons = _suppressed(account, fit, at=at)
    for number in sorted(fit.keys() - reasons.keys()):
        reasons[number] = _too_late(account, fit[number], sent_by=sent_by, at=at)
    return {number: reason for number, reason in reasons.items() if reason}


def _too_late(account: VendorAccount, each: Command, *, sent_by: str, at: datetime) -> str:
    if is_deletion_on_its_way(account, _keyed(_whom_it_could_create(each))):
        return _LEFT_FIRST
    if each.verb is not Verb.UNSUBSCRIBE:
        return ""
    return note_unsubscribe(account, _keyed([each.email]), sent_by=sent_by, at=at)


def _keyed(emails: Iterable[str]) -> list[bytes]:
    """Return the digests of addresses that the guard against suppressed ones has read."""
    return [keyed.value for email in emails for keyed in digests(Kind.EMAIL, email)]


def _run(client: VendorClient, call: Call, left: dict[int, Command], refused: dict[int, str]) -> Tally | None:
    fit = [each for number, each in left.items() if number not in refused]
    call.counts.update(refused=len(refused), sent=len(fit))
    if not fit:
        call.refuse()
        return None
    noted = _keyed(each.email for each in fit if each.verb is Verb.UNSUBSCRIBE)
    with taken_back_if_refused(call.account, noted):
        tally = client.subscribers.run(fit)
    call.accept(tally.http_status, taken=tally.taken)
    return tally


def _verbs(commands: Sequence[Command]) -> dict[str, str]:
    return {"command": ",".join(sorted({each.verb.value for each in commands}))}


def _the_one(profiles: Sequence[Profile], email: str, customer_id: str) -> tuple[str, str]:
    matches = [profile for profile in profiles if not customer_id or profile.customer_id == customer_id]
    if not matches:
        raise PersonRefused("The vendor holds no such profile under this address: nothing was sent.")
    if len(matches) > 1:
        raise PersonRefused(f"{len(matches)} profiles match: name one of them by its customer_id. Nothing was sent.")
    return ("customer_id", customer_id) if customer_id else ("email", email)
