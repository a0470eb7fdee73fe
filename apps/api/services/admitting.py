"""Decide whether a call comes in: a live token, in time. Neither waits for a lock of the ledger."""

import hmac
import threading
from datetime import datetime

from django.db.models import BigIntegerField, Case, F, IntegerField, Q, Value, When

from apps.api.errors import ApiError
from apps.api.models import ApiClient, ApiToken
from apps.api.scopes import rights_of
from apps.api.token_text import NOBODY, read_token
from apps.audit.actors import Actor

SHARES = 20


class NotAdmitted(ApiError):
    """The token is unknown, wrong, expired or revoked; which of them is nobody's business."""


class TooFast(ApiError):
    """The client has used up the minute; ``seconds`` are left of it."""

    def __init__(self, sentence: str, *, seconds: int) -> None:
        super().__init__(sentence)
        self.seconds = seconds


def admit(text: str, *, at: datetime) -> ApiToken:
    """Return the live token of this text, client and user loaded; raise NotAdmitted, always for the same time."""
    secret = read_token(text)
    token = ApiToken.objects.select_related("client__user").filter(public_id=secret.public_id).first()
    is_right = hmac.compare_digest(secret.digest, bytes(token.digest) if token else NOBODY.digest)
    if token is None or not is_right or not token.is_live(at) or not token.client.user.is_active:
        raise NotAdmitted("No valid token came with this call.")
    return token


def actor_of(token: ApiToken) -> Actor:
    """Return who acts: the client's service user with the rights of this token, and no others."""
    return Actor.api(token.client.user, rights=rights_of(token.scopes))


class Turnstile:
    """Count calls over all processes with one write for several: each process takes a share of the minute in advance.

    All tokens of a client count on its one row, each up to its own limit. Never lets more through than allowed; may
    refuse up to a share per process and token too early.
    """

    def __init__(self) -> None:
        self._left: dict[str, tuple[int, int]] = {}
        self._closed: dict[str, int] = {}  # the minute of which not one call is left in any process
        self._lock = threading.Lock()

    def let_through(self, token: ApiToken, *, at: datetime, calls: int = 1) -> None:
        """Let through what counts as so many calls, all of them or none; raise TooFast."""
        minute = int(at.timestamp()) // 60
        spent = self._spend(token, minute, calls)
        missing = calls - spent
        share = self._claim(token, minute, missing, at) if missing else 0
        if share < missing:
            self._keep(token, minute, spent)
            raise TooFast(_words(token), seconds=60 - int(at.timestamp()) % 60)
        self._keep(token, minute, share - missing)

    def _spend(self, token: ApiToken, minute: int, calls: int) -> int:
        """Take up to as many out of the share; return how many they were."""
        with self._lock:
            known, left = self._left.get(token.public_id, (minute, 0))
            spent = min(left, calls) if known == minute else 0
            self._left[token.public_id] = (minute, left - spent if known == minute else 0)
            return spent

    def _keep(self, token: ApiToken, minute: int, calls: int) -> None:
        """Add to the share; what belongs to an earlier minute is worth nothing."""
        if not calls:
            return
        with self._lock:
            known, left = self._left.get(token.public_id, (minute, 0))
            if known == minute:
                self._left[token.public_id] = (minute, left + calls)

    def _claim(self, token: ApiToken, minute: int, missing: int, at: datetime) -> int:
        if self._closed.get(token.public_id) == minute:
            return 0
        share = _claim(token, minute, missing, at)
        if not share and missing == 1:
            self._closed[token.public_id] = minute
        return share


TURNSTILE = Turnstile()


def _words(token: ApiToken) -> str:
    return f"This token comes in {token.per_minute} times a minute, together with all others of its client."


def _claim(token: ApiToken, minute: int, missing: int, at: datetime) -> int:
    """Take a share of the minute, or no more than what is missing; return how many calls it allows."""
    for share in sorted({max(missing, token.per_minute // SHARES), missing}, reverse=True):
        if _take(token, minute, share, at):
            return share
    return 0


def _take(token: ApiToken, minute: int, share: int, at: datetime) -> bool:
    """Count in one statement. A host whose clock is behind counts against the newer minute instead of starting it."""
    if share > token.per_minute:
        return False
    is_new = Q(minute__lt=minute)
    rows = ApiClient.objects.filter(is_new | Q(counted__lte=token.per_minute - share), pk=token.client_id)
    is_taken = rows.update(
        counted=Case(When(is_new, then=Value(share)), default=F("counted") + share, output_field=IntegerField()),
        minute=Case(When(is_new, then=Value(minute)), default=F("minute"), output_field=BigIntegerField()),
    )
    return bool(is_taken and ApiToken.objects.filter(pk=token.pk).update(last_used_at=at))
