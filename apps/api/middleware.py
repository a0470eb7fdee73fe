from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import resolve

PREFIX = "/api/"


class StraightToApi:
    """Lead calls of the API past everything that is for people: session, form token, login, messages.

    Stands behind the headers and the redirect to https, and before all that. Only a view that answers for itself in
    every case may live under the prefix: no middleware behind this one hears of its exceptions.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        request.get_host()  # refuses a host that ALLOWED_HOSTS lacks, as CommonMiddleware would
        request.resolver_match = match = resolve(request.path_info)
        response = match.func(request, *match.args, **match.kwargs)
        response.headers["Content-Length"] = str(len(response.content))  # likewise
        return response
