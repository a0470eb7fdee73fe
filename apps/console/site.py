from collections.abc import Iterable
from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.db.models import Model
from django.db.models.base import ModelBase
from django.http import HttpRequest, HttpResponse

from . import views

# Whoever may add a django-q2 Schedule runs any function as the worker, and its other pages unpickle what they show.
REFUSED_APPS = frozenset({"django_q"})

# The nouns of the daily work first; an app that is not named here comes last, in alphabetical order.
APP_ORDER = ("tickets", "suppression", "reports", "vendors", "audit", "jobs", "auth", "api")


class ConsoleSite(AdminSite):
    """The one admin site: refuses the queue's own pages whichever app registers them, and offers no bulk deletion."""

    site_header = "Compliance Console"
    site_title = "Compliance Console"
    index_title = "Overview"
    site_url = None
    empty_value_display = "–"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: type[ModelAdmin] | None = None,
        **options: Any,
    ) -> None:
        """Skip models of REFUSED_APPS silently, so that the order in which apps load cannot matter."""
        models = [model_or_iterable] if isinstance(model_or_iterable, ModelBase) else model_or_iterable
        welcome = [model for model in models if model._meta.app_label not in REFUSED_APPS]
        super().register(welcome, admin_class, **options)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return super().each_context(request) | views.frame(request)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        return sorted(super().get_app_list(request, app_label), key=lambda app: _rank(app["app_label"]))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().index(request, views.overview(request) | (extra_context or {}))


def _rank(app_label: str) -> int:
    return APP_ORDER.index(app_label) if app_label in APP_ORDER else len(APP_ORDER)
