"""Tickets that erase again copied how the erased ticket's identity was checked, and by whom: nobody asked for them."""

from django.db import migrations
from django.db.models import F


def say_own_initiative(apps, schema_editor):
    tickets = _own(apps, schema_editor)
    tickets.update(requester="own", identity_basis="reimported", identity_verified_by=None, identity_verified_at=None)


def claim_a_check_elsewhere(apps, schema_editor):
    """The earlier schema needs a verifier: as before, whoever opened the ticket."""
    tickets = _own(apps, schema_editor)
    tickets.update(
        requester="self",
        identity_basis="elsewhere",
        identity_verified_by=F("opened_by"),
        identity_verified_at=F("opened_at"),
    )


def _own(apps, schema_editor):
    tickets = apps.get_model("tickets", "DeletionTicket").objects.using(schema_editor.connection.alias)
    return tickets.filter(own_initiative=True)


class Migration(migrations.Migration):
    dependencies = [("tickets", "0012_own_initiative_basis")]

    operations = [migrations.RunPython(say_own_initiative, claim_a_check_elsewhere)]
