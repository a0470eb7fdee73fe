from django.apps import AppConfig
from django.core.checks import register

from apps.console.checks import check_environment


class ConsoleConfig(AppConfig):
    name = "apps.console"
    label = "console"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        register(check_environment)
