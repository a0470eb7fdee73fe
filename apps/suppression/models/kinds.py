"""What the lists know people by."""

from django.db import models

from apps.privacy.digests import EMAIL_SHA256
from apps.privacy.identifiers import Kind


class EntryKind(models.TextChoices):
    """The kinds of identifier, and digests that other tools made: anybody who guesses an address can make those too."""

    EMAIL = Kind.EMAIL.value, "email"
    CUSTOMER_ID = Kind.CUSTOMER_ID.value, "customer id"
    COOKIE = Kind.COOKIE.value, "cookie"
    DEVICE_ID = Kind.DEVICE_ID.value, "device id"
    EMAIL_SHA256 = EMAIL_SHA256, "email as SHA-256 (weaker)"
