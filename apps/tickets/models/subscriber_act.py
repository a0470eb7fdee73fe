from django.conf import settings
from django.db import models
from django.db.models import Q

from .erasure import Erasure
from .reappearance import Reappearance

_UNDER_WAY = ("waiting", "sending", "sent")


class SubscriberActQuerySet(models.QuerySet):
    def under_way(self):
        return self.filter(status__in=_UNDER_WAY)

    def in_flight(self):
        """Return those whose command may be on its way, or may still take effect at the vendor."""
        return self.filter(status__in=[SubscriberAct.Status.SENDING, SubscriberAct.Status.SENT])


class SubscriberAct(models.Model):
    """One unsubscribe that staff asked for. The row says "sending" before the command leaves, and it leaves once.

    A mute is about an erasure that waits, a restore about somebody who came back after one.
    """

    class Kind(models.TextChoices):
        MUTE = "mute", "Mute"
        RESTORE = "restore", "Restore"

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Sending"
        SENT = "sent", "Sent, not checked yet"
        DONE = "done", "Unsubscribed"
        FAILED = "failed", "Failed"

    class Outcome(models.TextChoices):
        """Why it waits or how it ended; a plain success has none."""

        NONE = "", "None"
        HELD_UP = "held_up", "the account takes no calls now"
        ALREADY = "already", "unsubscribed before, so nothing was sent"
        LEFT_FIRST = "left_first", "the deletion left first"
        OVERTAKEN = "overtaken", "the reason for it is gone"
        UNKNOWN_PERSON = "unknown_person", "nobody was found"
        NOT_TOLD = "not_told", "the vendor does not say who is unsubscribed"
        LOOK_FAILED = "look_failed", "the look brought no sure answer"
        UNREADABLE = "unreadable", "the address can no longer be read"
        SENT_BEFORE = "sent_before", "another unsubscribe was sent to this address shortly before"
        REFUSED = "refused", "refused by the vendor"
        UNCLEAR = "unclear", "no readable answer"
        STILL_SUBSCRIBED = "still_subscribed", "the check found the person subscribed"
        UNPROVED = "unproved", "sent, and no look could prove it"
        GONE = "gone", "the check found nobody"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    erasure = models.ForeignKey(Erasure, on_delete=models.PROTECT, related_name="subscriber_acts")
    reappearance = models.ForeignKey(
        Reappearance, on_delete=models.PROTECT, null=True, blank=True, related_name="subscriber_acts"
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    not_before = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    looks = models.PositiveSmallIntegerField(default=0)
    checked_at = models.DateTimeField(null=True, blank=True)

    objects = SubscriberActQuerySet.as_manager()

    class Meta:
        permissions = [("mute_subscriber", "Can unsubscribe a subject at a vendor")]
        constraints = [
            models.UniqueConstraint(
                fields=["erasure"], condition=Q(status__in=_UNDER_WAY), name="one_subscriber_act_under_way"
            ),
            models.CheckConstraint(
                condition=Q(kind="restore", reappearance__isnull=False) | Q(kind="mute", reappearance=None),
                name="restore_is_about_a_reappearance",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["sending", "sent"]) | Q(sent_at__isnull=False),
                name="subscriber_act_is_sent_at_a_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["not_before"], condition=Q(status__in=_UNDER_WAY), name="subscriber_act_by_due_time")
        ]

    def __str__(self):
        return f"{self.kind} {self.pk}"

    @property
    def is_under_way(self) -> bool:
        return self.status in _UNDER_WAY
