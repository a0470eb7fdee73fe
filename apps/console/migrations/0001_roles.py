"""Make the five roles, so that a fresh database has them without a further command.

Calls the living service on purpose: a frozen copy of the rights would be wrong after the first change to roles.py. The
service writes to auth and contenttypes only, whose tables the dependencies guarantee. Rights that a later version adds
arrive by `manage.py sync_roles`, which every start of `make demo` and every upgrade runs after `migrate`; a forgotten
run takes nothing from anyone and gives nothing to anyone.
"""

from django.db import migrations

from apps.console.services import sync_roles


def make_roles(state, schema_editor):
    sync_roles()


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
