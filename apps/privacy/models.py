"""The keys that everything personal is sealed with."""

import uuid

from django.db import models
from django.db.models import Q


class DataKey(models.Model):
    """One key of one ticket or snapshot, wrapped by a key of the deployment; without `wrapped` it is destroyed."""

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key_id = models.CharField(max_length=32)
    wrapped = models.BinaryField(null=True)
    created_at = models.DateTimeField()
    shredded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(wrapped=None, shredded_at__isnull=False) | Q(wrapped__isnull=False, shredded_at=None),
                name="data_key_is_whole_or_shredded",
            )
        ]

    def __str__(self) -> str:
        return str(self.uuid)
