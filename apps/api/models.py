"""Upstream systems that may call the API, and the tokens by which they are known."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from .scopes import Scope


class ApiClient(models.Model):
    """One upstream system. It acts as a service user of its own, so that four eyes hold for what it opens.

    Calls of one minute are counted here, for all its tokens and all processes.
    """

    name = models.SlugField(max_length=40, unique=True)
    purpose = models.CharField("what it is for", max_length=200)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField("since")
    minute = models.PositiveBigIntegerField(default=0)
    counted = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "API client"

    def __str__(self) -> str:
        return self.name


class ApiToken(models.Model):
    """One token of a client: its public id and a digest; the token itself was shown once and is stored nowhere.

    `last_used_at` moves whenever a process takes a share of the client's minute.
    """

    client = models.ForeignKey(ApiClient, on_delete=models.PROTECT, related_name="tokens")
    public_id = models.CharField("id", max_length=16, unique=True)
    digest = models.BinaryField(max_length=32)
    scopes = models.JSONField(default=list)
    per_minute = models.PositiveIntegerField("calls a minute", default=600)
    created_at = models.DateTimeField("issued")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    expires_at = models.DateTimeField("expires")
    revoked_at = models.DateTimeField("revoked", null=True, blank=True)
    last_used_at = models.DateTimeField("last used", null=True, blank=True)

    class Meta:
        verbose_name = "API token"
        permissions = [("revoke_apitoken", "Can revoke API token")]
        constraints = [
            models.CheckConstraint(condition=Q(per_minute__gt=0), name="token_allows_at_least_one_call"),
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("created_at")), name="token_expires_later"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def scope_words(self) -> str:
        return ", ".join(str(Scope(scope).label) if scope in Scope.values else scope for scope in self.scopes)

    def is_live(self, at: datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at


class IntakeKey(models.Model):
    """An Idempotency-Key that opened a ticket, as keyed digests of the key and of what came with it."""

    client = models.ForeignKey(ApiClient, on_delete=models.PROTECT, related_name="+", db_index=False)
    key_digest = models.BinaryField(max_length=32)
    body_digest = models.BinaryField(max_length=32)
    reference = models.CharField(max_length=20)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "key_digest"], name="key_opens_one_ticket")]

    def __str__(self) -> str:
        return self.reference
