"""Open deletion tickets for upstream systems, and tell where they stand."""

from typing import Annotated

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja import Header, Path, Router

from apps.api.documents import REFUSALS
from apps.api.problems import NOT_FOUND, Refused
from apps.api.schemas import Intake, OpenedNow, ProblemDocument, TicketState
from apps.api.scopes import Scope
from apps.api.selectors import opened_by_token, ticket_state
from apps.api.services.admitting import actor_of
from apps.api.services.intake import take_in
from apps.tickets.requests import Request

from .door import BearerToken

router = Router(tags=["Tickets"])

Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[!-~]{1,255}$",
        description="Any text of your own that names this request, such as a random UUID. Kept for 7 days: the same "
        "key with the same body is answered with the same ticket.",
    ),
]
Reference = Annotated[str, Path(pattern=r"^DEL-[0-9]{4}-[0-9]{6,9}$", examples=["DEL-2026-000123"])]


@router.post(
    "/tickets",
    auth=BearerToken(Scope.INTAKE),
    response={201: OpenedNow, 200: OpenedNow, REFUSALS | {409}: ProblemDocument},
    operation_id="open_ticket",
    summary="Open a deletion ticket",
)
def open_ticket(request: HttpRequest, body: Intake, idempotency_key: Key) -> HttpResponse:
    """Open a ticket, once for each Idempotency-Key: 201 when it was opened, 200 when an earlier call had done so.

    Identity is still asked for unless `identity_basis` says how you checked it, and an Approver of the console decides
    either way. Needs the scope `intake`.
    """
    wish, now = _wish(body), timezone.now()
    taken = take_in(wish, key=idempotency_key, body=body.model_dump_json(), token=request.auth, at=now)
    told = opened_by_token(request.auth, taken.ticket, wish, at=now)
    place = {"Location": f"/api/v1/tickets/{taken.ticket.reference}"}
    return JsonResponse(told, DjangoJSONEncoder, status=201 if taken.is_new else 200, headers=place)


@router.get(
    "/tickets/{reference}",
    auth=BearerToken(Scope.READ),
    response={200: TicketState, (REFUSALS - {400, 413, 415}) | {404}: ProblemDocument},
    operation_id="read_ticket",
    summary="Where does a ticket stand?",
)
def read_ticket(request: HttpRequest, reference: Reference) -> HttpResponse:
    """Tell the state of a ticket that this client opened, and of each erasure at a vendor.

    In this console's words and, as `opendsr_status`, in those of OpenDSR 2.0. Needs the scope `read`.
    """
    state = ticket_state(reference, by=actor_of(request.auth))
    if state is None:
        raise Refused(NOT_FOUND, "This client opened no ticket with this reference.")
    return JsonResponse(state, DjangoJSONEncoder)


def _wish(body: Intake) -> Request:
    known = body.model_dump(exclude={"identifiers", "regime"})
    identifiers = body.identifiers.model_dump(exclude_defaults=True)
    return Request(identifiers=identifiers, regime=body.regime or "", **known)
