from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from apps.vendors.models import VendorAccount

from .erasure import Erasure

ASK_AGAIN = timedelta(days=1)  # a plan may have gained the search that it lacked


class Watch(models.Model):
    """How far one account was searched for people who came back, and what the last run came to.

    ``watermark`` is the moment up to which changes were read; ``began_at`` and ``next_page`` name the pages of a search
    that a later run goes on with.
    """

    class Mode(models.TextChoices):
        SEARCH = "search", "Search"
        FINDS = "finds", "One find per person"

    account = models.OneToOneField(VendorAccount, on_delete=models.PROTECT, related_name="watch")
    mode = models.CharField(max_length=10, choices=Mode.choices)
    watermark = models.DateTimeField(null=True, blank=True)
    began_at = models.DateTimeField(null=True, blank=True)
    next_page = models.PositiveIntegerField(default=1)
    refused_at = models.DateTimeField(null=True, blank=True)
    last_run_at = models.DateTimeField(null=True, blank=True)
    checked = models.PositiveIntegerField(default=0)
    failure = models.CharField(max_length=200, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "watches"
        constraints = [
            models.CheckConstraint(
                condition=Q(began_at=None, next_page=1) | Q(began_at__isnull=False),
                name="watch_goes_on_with_a_search_it_began",
            )
        ]

    def __str__(self):
        return f"watch {self.account_id}"

    @property
    def search_again_at(self) -> datetime | None:
        """Return when a refused search is tried again; None where none was refused."""
        return self.refused_at and self.refused_at + ASK_AGAIN

    @property
    def subject(self) -> str:
        """Name this watch where an account counts who met a wrong address; needs ``account`` loaded."""
        return f"account/{self.account.name}/watch"


class Recheck(models.Model):
    """When the find of one closed erasure was last made, and how many were. It is closed: nothing writes on it.

    A find has time for a few of the vendor's ids only, so the count says with which of them the next one begins.
    """

    erasure = models.OneToOneField(Erasure, on_delete=models.PROTECT, primary_key=True, related_name="recheck")
    checked_at = models.DateTimeField(db_index=True)
    checks = models.PositiveIntegerField(default=0)

    def __str__(self):
        return f"erasure {self.erasure_id}"
