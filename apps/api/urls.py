from django.urls import URLPattern, include, path, re_path

from .views.front import api, docs, in_front, nowhere, openapi


def _routes() -> list[URLPattern]:
    """Take the library's routes without its own pages."""
    return [
        URLPattern(route.pattern, in_front(route.callback), route.default_args, route.name)
        for route in api.urls[0]
        if route.name != "api-root"
    ]


urlpatterns = [
    path("v1/openapi.json", openapi, name="api-openapi"),
    path("v1/docs", docs, name="api-docs"),
    path("v1/", include(_routes())),
    re_path("", nowhere),
]
