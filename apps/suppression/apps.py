from django.apps import AppConfig


class SuppressionConfig(AppConfig):
    name = "apps.suppression"
    label = "suppression"
    default_auto_field = "django.db.models.BigAutoField"
