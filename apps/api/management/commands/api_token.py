from argparse import ArgumentParser
from datetime import timedelta

from django.core.management.base import CommandError
from django.utils import timezone

from apps.api.errors import ApiError
from apps.api.models import ApiToken
from apps.api.scopes import Scope
from apps.api.services import tokens
from apps.audit.actors import Actor
from apps.tickets.management.acting import USAGE, ActingCommand


class Command(ActingCommand):
    help = (
        "Give an upstream system access to the API, and take it away. “create” adds the client if it is new and prints "
        "the token, once, on standard output. “revoke” takes the public id, the part between the underscores."
    )
    needs_user = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        deeds = parser.add_subparsers(dest="deed", required=True)
        create = deeds.add_parser("create")
        create.add_argument("client", metavar="CLIENT")
        create.add_argument("--scopes", required=True, help=f"with commas between them: {', '.join(Scope.values)}")
        create.add_argument("--purpose", default="", help="what the client is for; needed where it is new")
        create.add_argument("--days", type=int, default=180, help="until it expires (180)")
        create.add_argument("--per-minute", type=int, default=tokens.PER_MINUTE, help="calls a minute (600)")
        deeds.add_parser("revoke").add_argument("id", metavar="ID")
        deeds.add_parser("list")

    def act(self, by: Actor, **options) -> None:
        try:
            getattr(self, f"_{options['deed']}")(by, **options)
        except ApiError as refusal:
            raise CommandError(str(refusal), returncode=USAGE) from None

    def _create(self, by: Actor, *, client, scopes, purpose, days, per_minute, **options) -> None:
        now = timezone.now()
        wanted = [scope.strip() for scope in scopes.split(",")]
        terms = tokens.Terms(wanted, now + timedelta(days=days), per_minute)
        issued = tokens.give_access(client, terms, purpose=purpose, by=by, at=now)
        self.stderr.write(f"A token for {client} until {issued.token.expires_at:%Y-%m-%d}. It is shown this once:")
        self.stdout.write(issued.text)

    def _revoke(self, by: Actor, *, id, **options) -> None:
        token = ApiToken.objects.select_related("client").filter(public_id=id).first()
        if token is None:
            raise CommandError("There is no token with this id; “list” shows all of them.", returncode=USAGE)
        tokens.revoke_token(token, by=by, at=timezone.now())
        self.stdout.write(f"Revoked the token {id} of {token.client}.")

    def _list(self, by: Actor, **options) -> None:
        by.require("api.view_apitoken")
        now = timezone.now()
        for token in ApiToken.objects.select_related("client").order_by("client__name", "pk"):
            state = "live" if token.is_live(now) else "revoked" if token.revoked_at else "expired"
            used = f"{token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "never"
            self.stdout.write(
                f"{token.public_id}  {token.client.name:<20} {state:<8} {','.join(token.scopes):<24} "
                f"until {token.expires_at:%Y-%m-%d}  last used {used}"
            )
