"""Tell whether the tables are the ones this code was written for, and notice when somebody migrates them."""

from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count, Max

Mark = tuple[int, int | None]


def mark() -> Mark:
    """Name the state of the tables: every migration changes it, forth or back."""
    told = MigrationRecorder(connection).migration_qs.aggregate(number=Count("pk"), last=Max("pk"))
    return told["number"], told["last"]


def why_unfit() -> str:
    """Say why this code must not work on these tables; "" where both are of one release."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return "The database is not migrated to this release. Run manage.py migrate, then start this again."
    if any(_is_unknown(app, name, executor) for app, name in executor.loader.applied_migrations):
        return "The database was migrated by a newer release. Install that release, then start this again."
    return ""


def _is_unknown(app: str, name: str, executor: MigrationExecutor) -> bool:
    own = app in apps.app_configs and apps.get_app_config(app).name.startswith("apps.")
    return own and (app, name) not in executor.loader.disk_migrations
