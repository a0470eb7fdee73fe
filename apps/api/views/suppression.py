"""Ask whom nobody may mail for marketing or import again."""

import json

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from apps.api.documents import REFUSALS
from apps.api.schemas import Check, Checked, Lift, Lifted, ProblemDocument
from apps.api.scopes import Scope
from apps.api.services.admitting import actor_of
from apps.api.services.checking import check_for
from apps.suppression.selectors import Answer
from apps.suppression.services.lifting import lift_identifier

from .door import BearerToken

router = Router(tags=["Suppression"])


@router.post(
    "/suppression/check",
    auth=BearerToken(Scope.CHECK),
    response={200: Checked, REFUSALS: ProblemDocument},
    operation_id="check",
    summary="Who of these is suppressed?",
)
def check(request: HttpRequest, body: Check) -> HttpResponse:
    """Answer up to 10,000 identifiers by position. Only `clear` may be mailed for marketing or imported.

    Mail about an order is not what suppression is about: it blocks marketing and re-import. Needs the scope `check`.
    """
    asked = [(question.kind, question.value) for question in body.identifiers]
    answers = check_for(asked, account_name=body.account, token=request.auth, at=timezone.now())
    told = {
        "answers": [_told(answer) for answer in answers],
        "blocked": sum(1 for answer in answers if answer.hits),
    }
    return HttpResponse(json.dumps(told), content_type="application/json")


@router.post(
    "/suppression/lift",
    auth=BearerToken(Scope.LIFT),
    response={200: Lifted, REFUSALS: ProblemDocument},
    operation_id="lift",
    summary="End a block",
)
def lift(request: HttpRequest, body: Lift) -> HttpResponse:
    """End what blocks an identifier, for somebody who came back by choice or was added in error.

    An address is lifted together with its SHA-256. The entries stay as history, with reason and sealed evidence;
    repeating a call changes nothing. Needs the scope `lift`.
    """
    lifted = lift_identifier(
        body.identifier.kind,
        body.identifier.value,
        reason=body.reason,
        evidence=body.evidence,
        by=actor_of(request.auth),
        at=timezone.now(),
        list_name=body.list_name or None,
    )
    return HttpResponse(json.dumps({"lifted": len(lifted)}), content_type="application/json")


def _told(answer: Answer) -> dict[str, object]:
    if answer.problem:
        return {"status": "unsure" if answer.is_unsure else "unreadable", "problem": answer.problem}
    if not answer.hits:
        return {"status": "clear"}
    return {"status": "blocked", "lists": answer.lists, "since": answer.since.isoformat()}
