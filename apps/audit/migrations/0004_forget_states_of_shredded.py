"""Take the unsubscribe state off snapshots that were shredded before: only digest, vendor ids and times outlive it."""

from django.db import migrations


def forget(apps, schema_editor):
    snapshots = apps.get_model("audit", "AuditSnapshot").objects.using(schema_editor.connection.alias)
    snapshots.filter(sealed=None).update(unsubscribed=None)


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0003_snapshot_owners"),
    ]

    operations = [
        migrations.RunPython(forget, migrations.RunPython.noop),
    ]
