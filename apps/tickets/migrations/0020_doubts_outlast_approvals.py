"""An approval that ran out stopped the look that settles a doubt; what was stopped like this goes on."""

from django.db import migrations


def let_them_be_looked_at(apps, schema_editor):
    erasures = apps.get_model("tickets", "Erasure").objects.using(schema_editor.connection.alias)
    erasures.filter(closed_at=None, attention="approval_expired").exclude(doubt="").update(attention="")


class Migration(migrations.Migration):
    dependencies = [("tickets", "0019_not_suppressed")]

    operations = [migrations.RunPython(let_them_be_looked_at, migrations.RunPython.noop)]
