"""Measure one check through the API against a Django view that does nothing but authenticate:

    ENV_FILE=tests/test.env DATABASE_URL=… python -m tests.bench.api_check [CALLS [ENTRIES]]

Both take the API's short way through the middleware, the same token check and the same turnstile, in one process
without a network; they take turns in five rounds. DATABASE_URL has to name a database of its own: it is migrated and
filled.
"""

import io
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compliance_console.settings")
django.setup()

from django.conf import settings  # noqa: E402 - models need a started Django
from django.contrib.auth.decorators import login_not_required  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402

from apps.api.models import ApiClient  # noqa: E402
from apps.api.services.admitting import TURNSTILE, admit  # noqa: E402
from apps.api.services.tokens import FASTEST, Terms, give_access  # noqa: E402
from apps.audit.actors import Actor  # noqa: E402
from apps.privacy.digests import digest  # noqa: E402
from apps.suppression.models import SuppressionEntry, SuppressionList  # noqa: E402

ROUNDS = 5
GOAL = 1.5
NOW = datetime.now(UTC)
CHUNK = 10_000


@csrf_exempt
@login_not_required
def nothing(request: HttpRequest) -> HttpResponse:
    """Authenticate as the API does, and do nothing."""
    now = datetime.now(UTC)
    TURNSTILE.let_through(admit(request.headers["Authorization"].removeprefix("Bearer "), at=now), at=now)
    return HttpResponse('{"status": "ok"}', content_type="application/json")


urlpatterns = [path("api/nothing", nothing), path("", include("compliance_console.urls"))]


def main(calls: int, entries: int) -> None:
    call_command("migrate", verbosity=0)
    _fill(entries)
    call = _caller(_token())
    sides = {
        "authenticate": lambda: call("/api/nothing", b"", {"status": "ok"}),
        "check, clear": lambda: call(*_question("nobody@example.org", "clear")),
        "check, blocked": lambda: call(*_question("p1@example.org", "blocked")),
    }
    medians = _measure(sides, calls)
    floor = medians["authenticate"]
    for name, spent in medians.items():
        sys.stdout.write(f"{name:16} {spent * 1e6:8.0f} µs {spent / floor:6.2f} times\n")
    sys.stdout.write(f"goal: at most {GOAL} times, with {SuppressionEntry.objects.count():,} entries\n")


def _measure(sides: dict[str, Callable[[], None]], calls: int) -> dict[str, float]:
    """Let the sides take turns, and return the median over the rounds of each one's median call."""
    rounds: dict[str, list[float]] = {name: [] for name in sides}
    for call in sides.values():
        for _ in range(20):
            call()
    for _ in range(ROUNDS):
        for name, call in sides.items():
            rounds[name].append(statistics.median(_seconds(call) for _ in range(calls // ROUNDS)))
    return {name: statistics.median(spent) for name, spent in rounds.items()}


def _seconds(call: Callable[[], None]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _question(email: str, status: str) -> tuple[str, bytes, dict]:
    body = {"identifiers": [{"kind": "email", "value": email}]}
    return "/api/v1/suppression/check", json.dumps(body).encode(), {"status": status}


def _caller(token: str) -> Callable[[str, bytes, dict], None]:
    application = WSGIHandler()

    def call(address: str, body: bytes, expected: dict) -> None:
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": address,
            "SCRIPT_NAME": "",
            "QUERY_STRING": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_HOST": "localhost",
            "HTTP_AUTHORIZATION": f"Bearer {token}",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.url_scheme": "https",
        }
        response = application(environ, lambda *_: None)
        told = json.loads(b"".join(response))
        response.close()
        said = told.get("answers", [told])[0]
        if said["status"] != expected["status"]:
            raise AssertionError(f"{address} answered {told}")

    return call


def _token() -> str:
    name = f"bench-{ApiClient.objects.count()}"
    terms = Terms(["check"], NOW + timedelta(days=1), FASTEST)
    return give_access(name, terms, purpose="Measuring", by=Actor.command(), at=NOW).text


def _fill(entries: int) -> None:
    blocking, _ = SuppressionList.objects.get_or_create(name="bench", defaults={"title": "Bench", "created_at": NOW})
    for start in range(SuppressionEntry.objects.count(), entries, CHUNK):
        SuppressionEntry.objects.bulk_create(
            _entry(blocking, number) for number in range(start, min(start + CHUNK, entries))
        )


def _entry(blocking: SuppressionList, number: int) -> SuppressionEntry:
    keyed = digest("email", f"p{number}@example.org")
    return SuppressionEntry(
        list=blocking, kind="email", digest=keyed.value, key_id=keyed.key_id, masked="p•••@e•••.org", created_at=NOW
    )


if __name__ == "__main__":
    settings.ROOT_URLCONF = __name__
    settings.SECURE_SSL_REDIRECT = False
    given = [int(argument) for argument in sys.argv[1:]]
    main(*(given + [5_000, 100_000][len(given) :]))
