from django.db import models

from apps.vendors.models import VendorAccount


class AccountOutlook(models.Model):
    """What the last forecast said of one account's backlog; each waiting erasure holds its own part of it.

    ``finish_at``: when the last answer is expected. ``first_late_due_at``: the first due date that will be missed.
    """

    account = models.OneToOneField(VendorAccount, on_delete=models.CASCADE, related_name="outlook")
    made_at = models.DateTimeField()
    waiting = models.PositiveIntegerField(default=0)
    finish_at = models.DateTimeField(null=True, blank=True)
    first_late_due_at = models.DateTimeField(null=True, blank=True)

    def __str__(self):
        return f"outlook {self.account_id}"
