"""Somebody unsubscribed at Bento: told before the click, proved after the erasure, and only a digest after shredding.

Bento is the sandbox over HTTP, and the people work over HTTP too: nothing here reaches into the console's pages.
"""

import json
import re
from datetime import UTC, datetime
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest
from django.contrib.auth.models import User

from apps.audit.models import AuditEvent, AuditSnapshot
from apps.audit.selectors import verify
from apps.tickets.services.shredding import shred_due
from tests.tickets.builders import Clock, accounts, open_one, work

ALAN = "alan@example.com"
LOUD = "This person has unsubscribed, and deletion loses that."
PASSWORD = "correct horse battery"


class Visitor:
    """Somebody at a browser without scripts: pages by GET, acts by POST with the token of the last page."""

    def __init__(self, address: str, user: User):
        self._address = address
        self._token = ""
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))
        self.get("/admin/login/")
        self.post("/admin/login/", username=user.get_username(), password=PASSWORD, next="/admin/")

    def get(self, path: str) -> str:
        return self._read(Request(self._address + path))  # noqa: S310

    def post(self, path: str, **fields: str) -> str:
        data = urlencode({**fields, "csrfmiddlewaretoken": self._token}).encode()
        return self._read(Request(self._address + path, data))  # noqa: S310

    def _read(self, request: Request) -> str:
        with self._opener.open(request, timeout=30) as answer:
            page = answer.read().decode()
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        self._token = found[1] if found else self._token
        return page


@pytest.fixture
def clock() -> Clock:
    """Pages read the real clock, so the story begins now; afterwards only the test lets time pass."""
    return Clock(datetime.now(UTC))


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def facts_of(reference: str, action: str) -> list[dict]:
    events = AuditEvent.objects.filter(root=reference, action=action).order_by("seq")
    return [event.entry["facts"] for event in events]


@pytest.mark.django_db(transaction=True)
def test_an_unsubscribe_is_told_before_the_click_and_proved_until_its_snapshot_is_shredded(
    live_server, sandbox, alice, bob, carol, clock
):
    accounts(sandbox, "bento", verify_after="1s")
    ticket = open_one(ALAN, opened_by=alice, at=clock())
    work(clock)
    page = f"/admin/tickets/deletionticket/{ticket.pk}/"

    approver = Visitor(live_server.url, bob)
    assert_told_before_the_click(approver.get(page))
    approver.post(f"{page}approve/", sources_paused="paused")
    erase(clock)

    auditor = Visitor(live_server.url, carol)
    assert "Erased, verified" in text_of(auditor.get(page))
    digest = assert_still_proved(auditor, page)

    clock.advance(days=31)
    assert shred_due(at=clock()) == 2
    assert_only_the_digest_is_left(auditor, page, digest)
    assert facts_of(ticket.reference, "snapshot.sealed")[0]["moment"] == "before"
    assert len(facts_of(ticket.reference, "snapshot.shredded")) == 2
    assert verify().fault is None


def assert_told_before_the_click(page: str) -> None:
    """The warning stands inside the form that approves, above its button."""
    form = re.search(r'<details id="approve".*?</details>', page, re.DOTALL)[0]
    assert LOUD in form
    assert form.index(LOUD) < form.index("</button>")


def erase(clock: Clock) -> None:
    clock.advance(minutes=1)  # the approval was given by the real clock
    work(clock)
    clock.advance(seconds=2)
    work(clock)


def assert_still_proved(auditor: Visitor, page: str) -> str:
    """The card shows what was held beside what remains, and what the vendor said."""
    told = auditor.get(page)
    assert LOUD in told
    assert re.search(r"Bento’s words.*<h4>Before</h4>.*<h4>After</h4>", told, re.DOTALL)
    before = AuditSnapshot.objects.get(moment="before")
    contents = text_of(auditor.post(f"/admin/audit/auditsnapshot/{before.pk}/contents/"))
    assert "Unsubscribed since 2023-" in contents
    story = json.loads(auditor.post(f"{page}reconstruction/"))["erasures"][0]
    assert story["before"]["contents"]["profiles"][0]["unsubscribed_at"].startswith("2023-")
    assert story["difference"]["unsubscribed"] == {"held": True, "remains": story["after"]["unsubscribed"]}
    return story["before"]["answer_sha256"]


def assert_only_the_digest_is_left(auditor: Visitor, page: str, digest: str) -> None:
    before = AuditSnapshot.objects.get(moment="before")
    assert (before.sealed, before.key.wrapped) == (None, None)
    told = text_of(auditor.get(page))
    assert f"{digest[:12]}… · contents destroyed" in told
    assert LOUD not in told
    assert before.unsubscribed is None
    refused = text_of(auditor.post(f"/admin/audit/auditsnapshot/{before.pk}/contents/"))
    assert "Not readable" in refused
    story = json.loads(auditor.post(f"{page}reconstruction/"))["erasures"][0]
    assert (story["before"]["contents"], story["before"]["answer_sha256"]) == (None, digest)
    assert "2023-" not in json.dumps(story["before"])
