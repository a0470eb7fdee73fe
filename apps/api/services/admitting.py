"""Decide whether a call comes in: a live token, in time. Neither waits for a lock of the ledger."""

import hmac
import threading
from datetime import datetime

from django.db.models import BigIntegerField, Case, F, IntegerField, Q, Value, When

from apps.api.errors import ApiError
from apps.api.models import ApiToken
from apps.api.scopes import rights_of
from apps.api.token_text import NOBODY, read_token
from apps.audit.actors import Actor

SHARES = 20
_CLOSED = -1  # nothing is left of the minute in any process, so nobody is asked again


class NotAdmitted(ApiError):
    """The token is unknown, wrong, expired or revoked; which of them is nobody's business."""


class TooFast(ApiError):
    """The token has used up its minute; ``seconds`` are left of it."""

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

    Never lets more through than allowed; may refuse up to a share per process too early.
    """

    def __init__(self) -> None:
        self._left: dict[str, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def pass_one(self, token: ApiToken, *, at: datetime) -> None:
        """Let one call through, or raise TooFast."""
        minute = int(at.timestamp()) // 60
        left = self._spend(token, minute)
        if not left:
            left = self._refill(token, minute, _claim(token, minute, at))
        if left == _CLOSED:
            seconds = 60 - int(at.timestamp()) % 60
            raise TooFast(f"This token may be used {token.per_minute} times a minute.", seconds=seconds)

    def _spend(self, token: ApiToken, minute: int) -> int:
        """Return what was left before this call: none of it, and another share has to be asked for."""
        with self._lock:
            left = self._known(token, minute)
            if left > 0:
                self._left[token.public_id] = (minute, left - 1)
            return left

    def _refill(self, token: ApiToken, minute: int, share: int) -> int:
        with self._lock:
            left = max(self._known(token, minute), 0) + share or _CLOSED
            self._left[token.public_id] = (minute, max(left - 1, _CLOSED))
            return left

    def _known(self, token: ApiToken, minute: int) -> int:
        known, left = self._left.get(token.public_id, (minute, 0))
        return left if known == minute else 0


TURNSTILE = Turnstile()


def _claim(token: ApiToken, minute: int, at: datetime) -> int:
    """Take a share of the minute, or its last calls one by one; return how many calls it allows."""
    for share in sorted({max(1, token.per_minute // SHARES), 1}, reverse=True):
        if _take(token, minute, share, at):
            return share
    return 0


def _take(token: ApiToken, minute: int, share: int, at: datetime) -> int:
    """Count in one statement. A host whose clock is behind counts against the newer minute instead of starting it."""
    is_new = Q(minute__lt=minute)
    rows = ApiToken.objects.filter(is_new | Q(counted__lte=token.per_minute - share), pk=token.pk)
    return rows.update(
        counted=Case(When(is_new, then=Value(share)), default=F("counted") + share, output_field=IntegerField()),
        minute=Case(When(is_new, then=Value(minute)), default=F("minute"), output_field=BigIntegerField()),
        last_used_at=at,
    )
