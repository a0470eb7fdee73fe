from django.apps import AppConfig
from django.conf import settings
from django.core.checks import register

from apps.privacy.checks import check_keys, check_signing_key, check_trap
from apps.privacy.failpoints import arm


class PrivacyConfig(AppConfig):
    name = "apps.privacy"
    label = "privacy"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        register(check_keys)
        register(check_signing_key)
        register(check_trap)
        arm(settings.FAILPOINT)
