from django.db import migrations

TASK = "apps.tickets.tasks.report_stuck"
MINUTES = 5


def add_schedule(apps, schema_editor):
    apps.get_model("django_q", "Schedule").objects.update_or_create(
        name=TASK,
        defaults={
            "func": "apps.jobs.tasks.run",
            "args": repr(TASK) + ",",
            "schedule_type": "I",
            "minutes": MINUTES,
            "repeats": -1,
        },
    )


def remove_schedule(apps, schema_editor):
    apps.get_model("django_q", "Schedule").objects.filter(name=TASK).delete()


class Migration(migrations.Migration):
    dependencies = [("jobs", "0005_keepers")]

    operations = [migrations.RunPython(add_schedule, remove_schedule)]
