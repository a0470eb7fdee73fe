"""A ticket on own initiative that was opened anew with "identity still asked for" would wait for ever: nobody asked."""

from django.db import migrations


def await_approval(apps, schema_editor):
    tickets = apps.get_model("tickets", "DeletionTicket").objects.using(schema_editor.connection.alias)
    tickets.filter(own_initiative=True, status="awaiting_identity").update(status="pending_approval")


class Migration(migrations.Migration):
    dependencies = [("tickets", "0016_checks_in_turn")]

    operations = [migrations.RunPython(await_approval, migrations.RunPython.noop)]
