from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.contrib.auth import apps as auth_apps
from django.core.checks import register

from apps.console.checks import check_environment


class ConsoleConfig(AppConfig):
    name = "apps.console"
    label = "console"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        register(check_environment)


class ConsoleAdminConfig(admin_apps.AdminConfig):
    """Stand in for "django.contrib.admin" in INSTALLED_APPS: every app's @admin.register then lands on ConsoleSite."""

    default = False  # "apps.console" alone keeps meaning ConsoleConfig
    default_site = "apps.console.site.ConsoleSite"


class PeopleConfig(auth_apps.AuthConfig):
    """Stand in for "django.contrib.auth" in INSTALLED_APPS, under the name that people use for it."""

    default = False
    verbose_name = "People"
