from datetime import datetime, timedelta

from django.db import models

from apps.vendors.models import VendorAccount

TAKES_EFFECT_WITHIN = timedelta(minutes=5)  # Bento queues commands; its page on imports speaks of up to five minutes


class SentUnsubscribeQuerySet(models.QuerySet):
    def pending(self, at):
        """Return those that a look may not show yet."""
        return self.filter(sent_at__gt=at - TAKES_EFFECT_WITHIN)


class SentUnsubscribe(models.Model):
    """An unsubscribe that left for an address: one row for each active pepper, forgotten once it took effect."""

    account = models.ForeignKey(VendorAccount, on_delete=models.PROTECT, related_name="+")
    digest = models.BinaryField(max_length=32)
    sent_by = models.CharField(max_length=150)
    sent_at = models.DateTimeField(db_index=True)

    objects = SentUnsubscribeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "digest"], name="unsubscribe_is_sent_once_until_it_took_effect")
        ]

    def __str__(self):
        return f"unsubscribe {self.pk}"

    @property
    def repeatable_at(self) -> datetime:
        return self.sent_at + TAKES_EFFECT_WITHIN
