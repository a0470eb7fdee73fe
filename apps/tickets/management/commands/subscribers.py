import argparse
from collections.abc import Mapping
from pathlib import Path

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from apps.audit.actors import Actor
from apps.jobs.progress import Progress
from apps.tickets.csv_lines import decode
from apps.tickets.management import subscriber_options as arguments
from apps.tickets.management import vendor_answers as answers
from apps.tickets.management.acting import USAGE, ActingCommand
from apps.tickets.services import subscribers
from apps.tickets.services.subscriber_runs import import_rows, run_commands, search_pages
from apps.tickets.services.vendor_calls import AccountClosed, NoSlot, PersonRefused
from apps.tickets.subscriber_rows import read_subscribers
from apps.vendors.clients.client import Offer
from apps.vendors.clients.errors import VendorError
from apps.vendors.models import VendorAccount

FAILED = 1
_READS = frozenset({Offer.FIND, Offer.SEARCH})
Told = tuple[dict[str, object], list[str]]  # what is printed, and the refusals


class Command(ActingCommand):
    help = (
        "Read, import, create and change people at a vendor, or delete one profile, without a ticket. Suppressed "
        "addresses are never created, and commands go only to people whom a look has just found. Each call is an "
        "event. “-” in place of an address reads addresses from standard input, which no process list shows."
    )
    needs_user = False

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="what", required=True, metavar="ACT")
        arguments.add_find(self._add_act(acts, Offer.FIND, "show what is held under an address or a vendor's id"))
        arguments.add_search(self._add_act(acts, Offer.SEARCH, "search by tags and dates, 100 people a page"))
        load = self._add_act(acts, Offer.IMPORT, "import a CSV file, a thousand lines a call")
        load.add_argument("file", type=Path, metavar="FILE.csv")
        create = self._add_act(
            acts, Offer.CREATE, "create one subscriber now, without waiting for a free call; may start automations"
        )
        create.add_argument("address", metavar="EMAIL")
        arguments.add_command(self._add_act(acts, Offer.COMMAND, "send one of eight commands to people who exist"))
        arguments.add_delete_one(self._add_act(acts, Offer.DELETE_ONE, "delete one profile, for good"))

    def act(self, by: Actor, *, what: str, **options: object) -> None:
        """Print what the vendor said, whatever it was: an answer changes no exit code, only refusals of ours do."""
        account = arguments.account_for(Offer(what), options["account"])
        act = getattr(self, f"_{Offer(what).name.lower()}")
        try:
            answer, refusals = act(account, by, options)
        except VendorError as error:
            answer, refusals = answers.shown_error(error, reads=Offer(what) in _READS), []
        except PersonRefused as refusal:
            answer, refusals = {"outcome": "refused"}, [str(refusal)]
        except (AccountClosed, NoSlot) as error:
            raise CommandError(str(error), returncode=FAILED) from None
        self.stdout.write(answers.written({"account": account.name, **answer}, options["format"]))
        self.finish(refusals)

    def _add_act(self, acts: argparse._SubParsersAction, offer: Offer, words: str) -> CommandParser:
        parser = acts.add_parser(offer.value, help=words, description=f"{words[:1].upper()}{words[1:]}.")
        super().add_arguments(parser)
        parser.add_argument("--account", metavar="NAME", help="variable name without VENDOR_; needed where several fit")
        parser.add_argument("--format", choices=["text", "json"], default="text")
        return parser

    def _find(self, account: VendorAccount, by: Actor, options: Mapping) -> Told:
        if bool(options["uuid"]) == bool(options["address"]):
            raise CommandError("Name an address or --uuid.", returncode=USAGE)
        if options["uuid"]:
            look = subscribers.find_by_uuid(account, options["uuid"], by=by, clock=timezone.now)
        else:
            address = arguments.one_address(options["address"])
            look = subscribers.find(account, address, by=by, clock=timezone.now)
        return answers.shown_people(look.http_status, look.profiles), []

    def _search(self, account: VendorAccount, by: Actor, options: Mapping) -> Told:
        wanted, most = arguments.search_of(options), options["pages"]
        found = search_pages(
            account, wanted, first=options["page"], most=most, by=by, clock=timezone.now, tell=Progress(most)
        )
        return {**answers.shown_people(200, found.profiles), "pages": found.pages, "more": found.more}, []

    def _import(self, account: VendorAccount, by: Actor, options: Mapping) -> Told:
        rows = list(read_subscribers(decode(arguments.content_of(options["file"]))))
        run = import_rows(account, rows, by=by, clock=timezone.now, tell=Progress(len(rows)))
        if run.left_undone:
            arguments.write_rejects(options["file"], run.left_undone)
        return answers.shown_run(run, "line")

    def _create(self, account: VendorAccount, by: Actor, options: Mapping) -> Told:
        address = arguments.one_address(options["address"])
        created = subscribers.create(account, address, by=by, clock=timezone.now)
        return answers.shown_people(created.http_status, [created.profile]), []

    def _command(self, account: VendorAccount, by: Actor, options: Mapping) -> Told:
        commands = arguments.commands_of(options)
        run = run_commands(account, commands, by=by, clock=timezone.now, tell=Progress(len(commands)))
        return answers.shown_run(run, "address")

    def _delete_one(self, account: VendorAccount, by: Actor, options: Mapping) -> Told:
        if not options["yes"]:
            raise CommandError("This cannot be taken back, and no ticket tells of it: say --yes.", returncode=USAGE)
        address, customer_id = arguments.one_address(options["address"]), options["customer_id"]
        receipt = subscribers.delete_one(account, address, customer_id=customer_id, by=by, clock=timezone.now)
        return {"outcome": "accepted", "http_status": receipt.http_status, "request_id": receipt.request_id}, []
