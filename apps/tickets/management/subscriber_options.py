"""The arguments of the subscribers command, and what they mean."""

import argparse
import csv
import re
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from apps.privacy.identifiers import trim
from apps.tickets.management.acting import USAGE
from apps.vendors.clients.bento_lookups import Search, Span
from apps.vendors.clients.client import Offer
from apps.vendors.clients.subscribers import Command, UnfitSubscriber, Verb
from apps.vendors.models import VendorAccount
from apps.vendors.registry import CLIENTS
from apps.vendors.selectors import accounts_of_this_host

DATES = ("created_at", "updated_at", "last_event_at", "unsubscribed_at")
TAGS = ("tags", "tag_names", "tag_ids")
_UUID = re.compile(r"[0-9A-Za-z-]{1,64}")


def add_find(parser: CommandParser) -> None:
    parser.add_argument("address", nargs="?", metavar="EMAIL")
    parser.add_argument("--uuid", type=_uuid, help="the vendor's own id, in place of an address")


def add_search(parser: CommandParser) -> None:
    for name in TAGS:
        parser.add_argument(_flag(name), default="", metavar="A,B", help=f"any of these {name.replace('_', ' ')}")
    for name in DATES:
        parser.add_argument(f"{_flag(name)}-after", type=_moment, metavar="DATE")
        parser.add_argument(f"{_flag(name)}-before", type=_moment, metavar="DATE")
    parser.add_argument("--page", type=_count, default=1, metavar="N", help="the first page to read (1)")
    parser.add_argument("--pages", type=_count, default=1, metavar="N", help="how many pages to read at most (1)")


def add_command(parser: CommandParser) -> None:
    parser.add_argument("verb", choices=[verb.value for verb in Verb])
    parser.add_argument("addresses", nargs="+", metavar="EMAIL")
    parser.add_argument("--query", default="", metavar="TEXT", help="the tag, the field, or the new address")
    parser.add_argument("--value", default="", metavar="TEXT", help="what add_field puts into the field")


def add_delete_one(parser: CommandParser) -> None:
    parser.add_argument("address", metavar="EMAIL")
    parser.add_argument("--customer-id", default="", metavar="ID", help="which one, where several share the address")
    parser.add_argument("--yes", action="store_true", help="it cannot be taken back, and no ticket tells of it")


def account_for(offer: Offer, name: str | None) -> VendorAccount:
    """Return the named account, or the only one whose vendor has the offer."""
    accounts = accounts_of_this_host().order_by("name")
    fitting = [row for row in accounts if (row.name == name.lower() if name else offer in CLIENTS[row.vendor].offers)]
    if len(fitting) != 1:
        known = ", ".join(row.name for row in accounts) or "none; run sync_vendors"
        raise CommandError(f"Name one account with --account. Known here: {known}.", returncode=USAGE)
    return fitting[0]


def addresses(given: list[str]) -> list[str]:
    """Return the addresses as typed; “-” reads one a line from standard input, which no process list shows."""
    lines = sys.stdin.read().splitlines() if "-" in given else []
    found = [trim(text) for text in (*(text for text in given if text != "-"), *lines)]
    return [text for text in found if text]


def one_address(given: str) -> str:
    found = addresses([given])
    if len(found) != 1 or "@" not in found[0]:
        raise CommandError("Name one address.", returncode=USAGE)
    return found[0]


def search_of(options: Mapping[str, object]) -> Search:
    tags = {name: tuple(trim(tag) for tag in options[name].split(",") if trim(tag)) for name in TAGS}
    return Search(**tags, **{name: Span(options[f"{name}_after"], options[f"{name}_before"]) for name in DATES})


def commands_of(options: Mapping[str, object]) -> list[Command]:
    verb, query, value = Verb(options["verb"]), options["query"], options["value"]
    try:
        return [Command(verb, address, query, value) for address in addresses(options["addresses"])]
    except UnfitSubscriber as error:
        raise CommandError(str(error), returncode=USAGE) from None


def content_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.", returncode=USAGE) from None


def write_rejects(source: Path, refused: Mapping[int, str]) -> Path:
    """Write line and reason only: the people stay in the one file they came in."""
    path = source.with_suffix(".rejects.csv")
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("line", "reason"), *sorted(refused.items())])
    return path


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _uuid(text: str) -> str:
    if not _UUID.fullmatch(text):
        raise argparse.ArgumentTypeError("this is not a uuid")
    return text


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("write a date such as 2026-11-21 or 2026-11-21T09:30:00+01:00") from None
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("write a whole number from 1 up")
    return int(text)
