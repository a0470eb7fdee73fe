from django.db import migrations

# Minutes between two rings. The names are stable: a schedule outlives the release that made it.
SCHEDULES = {
    "apps.tickets.tasks.sweep": 1,
    "apps.tickets.tasks.shred_due": 60,
    "apps.jobs.tasks.prune_results": 60,
}


def add_schedules(apps, schema_editor):
    schedule = apps.get_model("django_q", "Schedule")
    for task, minutes in SCHEDULES.items():
        schedule.objects.update_or_create(
            name=task,
            defaults={
                "func": "apps.jobs.tasks.run",
                "args": repr(task) + ",",
                "schedule_type": "I",
                "minutes": minutes,
                "repeats": -1,
            },
        )


def remove_schedules(apps, schema_editor):
    apps.get_model("django_q", "Schedule").objects.filter(name__in=SCHEDULES).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0001_initial"),
        ("django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more"),
    ]

    operations = [migrations.RunPython(add_schedules, remove_schedules)]
