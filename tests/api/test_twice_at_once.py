"""Calls that arrive at the same moment, each in a thread and on a connection of its own."""

import json
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from apps.tickets.models import DeletionTicket
from tests.tickets.desk import actions, sync

pytestmark = pytest.mark.django_db(transaction=True)

WISH = {"identifiers": {"email": "ann@example.org"}}


def post(console: str, token: str, key: str) -> tuple[int, dict]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": key}
    request = urllib.request.Request(f"{console}/api/v1/tickets", json.dumps(WISH).encode(), headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_one_key_opens_one_ticket(live_server, token):
    sync()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(live_server.url, token, "same"), range(8)))

    assert sorted(status for status, _ in answers) == [200] * 7 + [201]
    assert len({told["reference"] for _, told in answers}) == 1
    assert actions(DeletionTicket.objects.get().reference) == ["ticket.opened"]


def test_a_minute_is_shared_by_threads(live_server, issue):
    sync()
    token = issue(per_minute=5).text

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: post(live_server.url, token, str(number)), range(20)))

    opened = [status for status, _ in answers].count(201)
    assert {status for status, _ in answers} <= {201, 429}
    assert DeletionTicket.objects.count() == opened
    assert 5 <= opened <= 10  # more than five where a minute ended meanwhile
