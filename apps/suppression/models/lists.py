from datetime import date, datetime, timedelta

from django.db import models

from apps.vendors.models import VendorAccount


class SuppressionList(models.Model):
    """A named list with one purpose. It blocks marketing and re-import, never the mail about an order."""

    class LegalBasis(models.TextChoices):
        LEGAL_OBLIGATION = "legal_obligation", "Legal obligation: objections and erasures are to be honoured"
        OBJECTION = "objection", "Objection to direct marketing"
        CONSENT_WITHDRAWN = "consent_withdrawn", "Consent withdrawn"
        LEGITIMATE_INTERESTS = "legitimate_interests", "Legitimate interests"
        OTHER = "other", "Other"

    name = models.SlugField(max_length=63, unique=True)
    title = models.CharField(max_length=100)
    purpose = models.TextField(blank=True)
    everywhere = models.BooleanField("blocks everywhere", default=True)
    accounts = models.ManyToManyField(
        VendorAccount, blank=True, related_name="+", help_text="Where it blocks, unless it blocks everywhere."
    )
    entries_expire_after_days = models.PositiveIntegerField(null=True, blank=True)
    legal_basis = models.CharField(max_length=24, choices=LegalBasis.choices, blank=True)
    review_date = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "suppression list"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(entries_expire_after_days=None) | models.Q(entries_expire_after_days__gt=0),
                name="list_entries_expire_after_a_day_or_more",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def expiry_of_entries(self, at: datetime) -> datetime | None:
        """Return when an entry made now stops blocking, or None for never."""
        days = self.entries_expire_after_days
        return None if days is None else at + timedelta(days=days)

    def is_review_overdue(self, today: date) -> bool:
        return self.review_date is not None and self.review_date < today
