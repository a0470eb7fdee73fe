"""The pages of the lists: ask, add, import and lift, each for those who may; the address enters no URL."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.audit.actors import Actor
from apps.audit.models import AuditEvent
from apps.suppression.models import SuppressionEntry
from apps.suppression.selectors import blocks
from apps.suppression.services import lift
from tests.constants import NOW
from tests.suppression.builders import JANE, WORKER, block, only_entry

CHECK = reverse("admin:suppression_check")
SUPPRESS = reverse("admin:suppression_suppress")
IMPORT = reverse("admin:suppression_import")
LIFTED = {"reason": "came_back", "evidence": "She signed up again on 3 May."}
STILL = re.compile(r'<ul id="still-blocked-by">.*?</ul>', re.DOTALL)
ENTRIES = reverse("admin:suppression_suppressionentry_changelist")

pytestmark = pytest.mark.django_db


@pytest.fixture
def lifter(alice, client):
    alice.user_permissions.add(Permission.objects.get(codename="lift_suppressionentry"))
    client.force_login(alice)
    return alice


def upload(client, content: bytes, list_name: str = "old"):
    file = SimpleUploadedFile("people.csv", content)
    return client.post(IMPORT, {"file": file, "list_name": list_name, "identifiers": "email"})


def page_of(entry: SuppressionEntry) -> str:
    return reverse("admin:suppression_suppressionentry_change", args=[entry.pk])


def lift_url() -> str:
    return reverse("admin:suppression_lift", args=[only_entry().pk])


def entry_url() -> str:
    return page_of(only_entry())


def test_the_box_says_where_since_when_and_why(client, carol):
    block(JANE, reference="DEL-2026-000001")
    client.force_login(carol)

    page = client.post(CHECK, {"kind": "email", "value": " Jane@Example.com "}).text

    assert "Blocked" in page
    assert "Erased" in page
    assert "1 Jun 2026" in page
    assert "Ticket: DEL-2026-000001" in page


def test_the_box_says_so_when_nothing_blocks(client, alice):
    client.force_login(alice)

    page = client.post(CHECK, {"kind": "email", "value": JANE}).text

    assert "No list holds this identifier" in page


def test_the_box_explains_what_is_no_address(client, alice):
    client.force_login(alice)

    page = client.post(CHECK, {"kind": "email", "value": "nonsense"}).text

    assert "An e-mail address has one @" in page
    assert "No list holds" not in page


def test_the_box_takes_no_digests_since_they_find_less(client, alice):
    client.force_login(alice)

    page = client.post(CHECK, {"kind": "email_sha256", "value": "0" * 64}).text

    assert "No list holds" not in page
    assert "is not one of the available choices" in page


def test_the_box_ignores_the_address_line(client, alice):
    block(JANE)
    client.force_login(alice)

    page = client.get(CHECK, {"kind": "email", "value": JANE}).text

    assert JANE not in page
    assert "must not be mailed" not in page


def test_asking_leaves_no_trace_of_the_address(client, alice):
    block(JANE)
    client.force_login(alice)

    client.post(CHECK, {"kind": "email", "value": JANE})

    assert not LogEntry.objects.exists()
    assert JANE not in str(list(AuditEvent.objects.values_list("body", flat=True)))


@pytest.mark.parametrize("url", [CHECK, SUPPRESS, IMPORT])
def test_every_page_promises_the_same(client, alice, url):
    client.force_login(alice)

    assert "Mail about an order is not blocked" in client.get(url).text


def test_staff_add_with_a_reason(client, alice):
    client.force_login(alice)
    data = {"kind": "email", "value": JANE, "list_name": "erased", "because": "objected"}

    answer = client.post(SUPPRESS, data, follow=True)

    (found,) = blocks("email", JANE, NOW.replace(year=2030))
    assert found.sources[0].words == "Staff: asked not to be mailed"
    assert "Added to the list erased." in answer.text
    assert JANE not in answer.text
    assert AuditEvent.objects.get().actor == "alice"


@pytest.mark.parametrize(
    "wrong", [{"value": "nonsense"}, {"list_name": "No Name"}, {"because": "mood"}, {"kind": "telegram"}, {"value": ""}]
)
def test_a_wrong_form_adds_nothing(client, alice, wrong):
    client.force_login(alice)
    good = {"kind": "email", "value": JANE, "list_name": "erased", "because": "objected"}

    answer = client.post(SUPPRESS, good | wrong)

    assert answer.status_code == 200
    assert "errorlist" in answer.text
    assert not SuppressionEntry.objects.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "submitted file is empty"),
        (b"\x00\x01", "not UTF-8 text"),
        (b"name,address\n", "does not name the column"),
        (b"x@\n" * 1_000, "first 1,000 lines are all refused"),
    ],
)
def test_a_file_that_is_no_list_is_refused_beside_its_field(client, alice, content, words):
    client.force_login(alice)

    page = upload(client, content).text

    assert words in page
    assert "Done" not in page


def test_the_list_shows_masks_and_states(client, alice):
    block(JANE)
    client.force_login(alice)

    page = client.get(ENTRIES).text

    assert "j•••@e•••.com" in page
    assert "Blocks" in page
    assert "Would this address be blocked?" in page


@pytest.mark.parametrize(("state", "shown"), [("blocking", False), ("lifted", True), ("expired", False)])
def test_entries_are_filtered_by_state_list_and_kind(client, alice, state, shown):
    block(JANE)
    lift(only_entry(), reason="came_back", by=WORKER, at=NOW)
    client.force_login(alice)

    query = {"state": state, "list__id__exact": only_entry().list_id, "kind__exact": "email"}

    assert ("j•••@e•••.com" in client.get(ENTRIES, query).text) is shown


@pytest.mark.parametrize("query", ["digest__startswith=a", "masked__contains=j", "list__name__startswith=e"])
def test_hidden_columns_cannot_be_guessed(client, alice, query):
    client.force_login(alice)

    assert client.get(f"{ENTRIES}?{query}").status_code in {302, 400}


def test_the_panel_names_who_still_blocks_before_and_after(client, lifter):
    for name in ("erased", "old", "gone"):
        block(JANE, list_name=name)
    block("other@example.com", list_name="foreign")
    lift(SuppressionEntry.objects.get(list__name="gone"), reason="came_back", by=WORKER, at=NOW)
    entry, other = (SuppressionEntry.objects.get(list__name=name) for name in ("erased", "old"))

    before = client.get(page_of(entry)).text
    after = client.post(reverse("admin:suppression_lift", args=[entry.pk]), LIFTED, follow=True).text

    for page in (before, after):
        assert re.findall('href="([^"]+)"', STILL.search(page)[0]) == [page_of(other)]
    assert "can be mailed" not in before
    assert [found.list_name for found in blocks("email", JANE, NOW)] == ["old"]


def test_the_panel_says_what_it_cannot_see(client, lifter):
    block(JANE)

    page = client.get(page_of(only_entry())).text

    assert not STILL.search(page)
    assert "made from a SHA-256 or under another pepper" in page


def test_lifting_takes_one_click_and_a_reason(client, lifter):
    block(JANE)
    assert "Lift the block" in client.get(entry_url()).text

    page = client.post(lift_url(), LIFTED, follow=True).text

    assert "The entry stays here as history" in page
    assert "Lift the block" not in page
    assert only_entry().lift_reason == "came_back"
    assert AuditEvent.objects.last().actor == lifter.username


@pytest.mark.parametrize("reason", ["", "sources_withdrawn", "mood"])
def test_lifting_needs_a_reason_of_the_form(client, lifter, reason):
    block(JANE)

    page = client.post(lift_url(), {"reason": reason, "evidence": "She wrote."}, follow=True).text

    assert "Choose a reason, and say what shows it." in page
    assert only_entry().is_live


def test_lifting_again_says_that_somebody_was_faster(client, lifter):
    block(JANE)
    lift(only_entry(), reason="came_back", by=Actor.command(), at=NOW)

    assert "lifted before" in client.post(lift_url(), LIFTED, follow=True).text


def test_the_auditor_reads_and_asks_and_changes_nothing(client, carol):
    block(JANE)
    client.force_login(carol)

    codes = {url: client.get(url).status_code for url in (ENTRIES, entry_url(), CHECK, SUPPRESS, IMPORT)}

    assert list(codes.values()) == [200, 200, 200, 403, 403]
    assert client.post(lift_url(), LIFTED).status_code == 403
    assert upload(client, b"ann@example.org").status_code == 403
    assert only_entry().is_live


def test_nobody_deletes_or_edits_an_entry(client, admin_client):
    block(JANE)

    assert admin_client.post(entry_url(), {"masked": "x"}).status_code == 403
    delete = reverse("admin:suppression_suppressionentry_delete", args=[only_entry().pk])
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403
    assert only_entry().masked == "j•••@e•••.com"


def test_lifting_is_no_link(client, lifter):
    block(JANE)

    assert client.get(lift_url()).status_code == 405


def test_the_lists_lead_to_their_entries(client, alice):
    block(JANE)
    client.force_login(alice)

    page = client.get(reverse("admin:suppression_suppressionlist_changelist")).text

    assert f"{ENTRIES}?list__id__exact={only_entry().list_id}" in page
