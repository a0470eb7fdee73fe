"""Handovers: what the recipient gets can be computed, checked and proved; what leaves is recorded."""

import base64
import hashlib
import hmac
import json
import unicodedata
from datetime import timedelta
from threading import Thread

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from apps.audit.actors import Actor, NotAllowed
from apps.audit.models import AuditEvent
from apps.privacy import keyring
from apps.privacy.checks import check_signing_key
from apps.suppression.handover_file import EXAMPLE
from apps.suppression.models import SuppressionEntry, SuppressionHandover
from apps.suppression.services import BadOrder, NotForThem, Order, hand_over, manifest_of, open_statement
from tests.constants import NOW
from tests.suppression.builders import JANE, block

OPERATOR = Actor.command()
SHOP = Order(recipient="shop-eu", recipient_kind="own", purpose="marketing", list_name="erased")
SEED = base64.b64encode(bytes(range(32))).decode()
PAGE = reverse("admin:suppression_suppressionhandover_add")

pytestmark = pytest.mark.django_db


def handed(order: Order = SHOP, by: Actor = OPERATOR, at=NOW) -> tuple[SuppressionHandover, str]:
    handing = hand_over(order, by=by, clock=lambda: at)
    return handing.handover, b"".join(handing.chunks).decode()


def rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")][1:]


def facts_of(action: str) -> dict:
    return json.loads(bytes(AuditEvent.objects.get(action=action).body))["facts"]


def recipients_digest(key: bytes, kind: str, identifier: str) -> str:
    """Follow the recipe of the file, with nothing of the console's own."""
    return hmac.new(key, f"v1|{kind}|{identifier}".encode(), hashlib.sha256).hexdigest()


def test_a_recipient_with_the_key_finds_their_people():
    block(JANE)
    ((key_id, key),) = keyring.peppers().keys.items()

    _, text = handed()

    assert rows(text) == [f"email,{key_id},{recipients_digest(key, 'email', JANE)},erased,2026-06-01"]
    assert "kind,key_id,digest,list,since" in text.splitlines()
    assert JANE not in text
    assert base64.b64encode(key).decode() not in text
    assert key.hex() not in text


def test_the_heading_tells_a_recipient_whether_their_key_is_right():
    ((key_id, key),) = keyring.peppers().keys.items()
    local, _, domain = unicodedata.normalize("NFC", EXAMPLE.strip()).lower().partition("@")
    address = f"{local}@{'xn--mnchen-3ya.example' if domain == 'münchen.example' else domain}"
    block(JANE)

    _, text = handed()

    assert f"becomes {address}\n" in text
    assert f"by key {key_id}, kind email: {recipients_digest(key, 'email', address)}\n" in text
    plain = hashlib.sha256(address.encode()).hexdigest()
    assert f"by key {key_id}, kind email_sha256: {recipients_digest(key, 'email_sha256', plain)}\n" in text


def test_only_what_blocks_now_on_the_chosen_list_leaves():
    block(JANE, "lifted@example.org", "expired@example.org")
    block("other@example.org", list_name="other")
    SuppressionEntry.objects.filter(masked__startswith="l").update(lifted_at=NOW, lift_reason="came_back")
    SuppressionEntry.objects.filter(masked__startswith="e").update(expires_at=NOW)

    assert [row.split(",")[3] for row in rows(handed()[1])] == ["erased"]
    everything = Order(recipient="shop-eu", recipient_kind="own", purpose="marketing")
    assert sorted(row.split(",")[3] for row in rows(handed(everything)[1])) == ["erased", "other"]


def test_more_than_one_piece_is_whole():
    people = [f"p{number}@example.org" for number in range(6_000)]
    block(*people)

    handover, text = handed()

    assert len(set(rows(text))) == handover.rows == 6_000


@pytest.mark.django_db(transaction=True)
def test_it_sees_one_moment():
    block(*(f"p{number}@example.org" for number in range(6_000)))
    handing = hand_over(SHOP, by=OPERATOR, clock=lambda: NOW)
    next(handing.chunks)
    first = next(handing.chunks)

    elsewhere = Thread(target=_lift_everybody)
    elsewhere.start()
    elsewhere.join()

    assert (first + b"".join(handing.chunks)).count(b"\n") == 6_000
    assert not SuppressionEntry.objects.live().exists()


def _lift_everybody() -> None:
    SuppressionEntry.objects.update(lifted_at=NOW, lift_reason="came_back")
    connection.close()


def test_the_manifest_proves_the_file(settings):
    settings.CHECKPOINT_KEY = SEED
    block(JANE)

    handover, text = handed()
    manifest = manifest_of(handover)

    assert manifest["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    head = f"compliance-console suppression handover 2|handover/{handover.pk}|shop-eu|erased|marketing|keyed"
    assert manifest["signed_text"] == f"{head}|2026-06-01T12:00:00+00:00|1|0|{manifest['sha256']}"
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(manifest["public_key"]))
    public.verify(base64.b64decode(manifest["signature"]), manifest["signed_text"].encode())


def test_the_signed_text_can_be_put_together_from_the_other_fields_and_the_heading():
    block(JANE)

    handover, text = handed()

    manifest = manifest_of(handover)
    names = ("handover", "recipient", "list", "purpose", "form", "made_at", "rows", "left_out", "sha256")
    assert manifest["signed_text"].split("|")[1:] == [str(manifest[name]) for name in names]
    assert "# purpose: marketing\n" in text
    assert f"# made at: {manifest['made_at']}\n" in text


def test_an_older_handover_keeps_the_text_that_was_signed():
    block(JANE)

    handover, _ = handed()
    handover.text_format = 1

    digest = handover.sha256
    head = "compliance-console suppression handover 1"
    assert manifest_of(handover)["signed_text"] == f"{head}|handover/{handover.pk}|shop-eu|erased|1|{digest}"


def test_without_a_key_it_says_that_it_is_not_signed(settings):
    settings.CHECKPOINT_KEY = ""
    block(JANE)

    assert manifest_of(handed()[0])["signature"].startswith("unsigned")


@pytest.mark.parametrize("key", ["short", base64.b64encode(b"x" * 31).decode(), "k1:" + SEED])
def test_a_key_that_cannot_sign_is_told_at_start(settings, key):
    settings.CHECKPOINT_KEY = key

    (error,) = check_signing_key(None)

    assert error.id == "privacy.E005"
    assert key not in str(error)


def test_the_ledger_holds_its_start_and_its_end(settings):
    settings.CHECKPOINT_KEY = SEED
    block(JANE)

    handover, _ = handed()

    assert facts_of("suppression.handover_started") == {
        "recipient": "shop-eu", "kind": "own", "purpose": "marketing", "form": "keyed", "list": "erased",
    }  # fmt: skip
    assert facts_of("suppression.handed_over") == {
        "rows": 1, "left_out": 0, "sha256": handover.sha256, "signed": True, "list": "erased",
    }  # fmt: skip


def test_one_that_nobody_read_to_its_end_stays_started():
    block(JANE)

    handing = hand_over(SHOP, by=OPERATOR, clock=lambda: NOW)
    next(handing.chunks)
    handing.chunks.close()

    handover = SuppressionHandover.objects.get()
    assert (handover.state, handover.sha256, handover.rows) == ("started", "", None)
    assert not AuditEvent.objects.filter(action="suppression.handed_over").exists()


def test_third_parties_get_nothing_unless_that_is_allowed_and_explained(settings):
    block(JANE)
    stranger = {"recipient": "broker", "recipient_kind": "third_party", "purpose": "marketing", "list_name": "erased"}

    with pytest.raises(NotForThem, match="HANDOVER_THIRD_PARTIES"):
        handed(Order(**stranger, statement="They asked."))
    settings.HANDOVER_THIRD_PARTIES = True
    with pytest.raises(NotForThem, match="Say why"):
        handed(Order(**stranger, statement=" "))

    assert not SuppressionHandover.objects.exists()
    assert handed(Order(**stranger, statement="The court ordered it."))[0].rows == 1


def test_why_is_sealed_and_reading_it_is_an_event(carol, alice):
    block(JANE)
    handover, _ = handed(Order(**vars(SHOP) | {"statement": "Ann of the shop asked."}))

    assert b"Ann" not in bytes(handover.statement)
    assert open_statement(handover, by=Actor.page(carol), at=NOW) == "Ann of the shop asked."
    assert AuditEvent.objects.filter(action="suppression.statement_viewed").count() == 1
    with pytest.raises(NotAllowed):
        open_statement(handover, by=Actor.page(alice), at=NOW)


def test_it_takes_the_right_and_a_plain_name(alice):
    block(JANE)

    with pytest.raises(NotAllowed):
        handed(by=Actor.page(alice))
    with pytest.raises(BadOrder, match="name of a system"):
        handed(Order(**vars(SHOP) | {"recipient": "ann@example.org"}))
    with pytest.raises(BadOrder, match="no list “x”"):
        handed(Order(**vars(SHOP) | {"list_name": "x"}))

    assert not SuppressionHandover.objects.exists()


def test_the_command_writes_the_file_and_its_manifest(tmp_path, settings):
    settings.CHECKPOINT_KEY = SEED
    block(JANE)
    file = tmp_path / "shop.csv"

    call_command("export_suppressions", "--list", "erased", "--recipient", "shop-eu", "--output", str(file))

    manifest = json.loads((tmp_path / "shop.csv.manifest.json").read_text())
    assert manifest["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert file.stat().st_mode & 0o077 == 0


def test_the_command_refuses_in_words_and_leaves_no_file(tmp_path):
    file = tmp_path / "shop.csv"

    with pytest.raises(CommandError, match="no list “erased”") as end:
        call_command("export_suppressions", "--list", "erased", "--recipient", "shop-eu", "--output", str(file))

    assert end.value.returncode == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("there", ["shop.csv", "shop.csv.manifest.json"])
def test_the_command_replaces_no_file(tmp_path, there):
    block(JANE)
    (tmp_path / there).write_text("of another recipient")

    with pytest.raises(CommandError, match=f"{there} exists already") as end:
        call_command(
            "export_suppressions", "--list", "erased", "--recipient", "ads", "--output", str(tmp_path / "shop.csv")
        )

    assert end.value.returncode == 2
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [(there, "of another recipient")]
    assert not SuppressionHandover.objects.exists()


def test_an_operator_downloads_it_from_the_page(client, olga, carol):
    block(JANE)
    client.force_login(olga)

    answer = client.post(
        PAGE, {"list_name": "erased", "recipient": "shop-eu", "recipient_kind": "own", "purpose": "import"}
    )
    text = answer.getvalue()

    handover = SuppressionHandover.objects.get()
    assert hashlib.sha256(text).hexdigest() == handover.sha256
    assert handover.file_name in answer.headers["Content-Disposition"]
    client.force_login(carol)
    manifest = client.get(reverse("admin:suppression_suppressionhandover_manifest", args=[handover.pk])).json()
    assert manifest["sha256"] == handover.sha256
    page = client.get(reverse("admin:suppression_suppressionhandover_change", args=[handover.pk])).text
    assert handover.sha256 in page


def test_the_page_puts_a_refusal_beside_the_form(client, olga):
    client.force_login(olga)

    page = client.post(
        PAGE, {"recipient": "broker", "recipient_kind": "third_party", "purpose": "import", "statement": "x"}
    ).text

    assert "Lists are not handed to third parties" in page


def test_the_page_is_for_those_who_may(client, alice, carol):
    for user in (alice, carol):
        client.force_login(user)
        assert client.get(PAGE).status_code == 403


def test_a_handover_that_did_not_finish_has_no_manifest(client, carol):
    block(JANE)
    handing = hand_over(SHOP, by=OPERATOR, clock=lambda: NOW - timedelta(days=1))
    client.force_login(carol)

    assert client.get(reverse("admin:suppression_suppressionhandover_manifest", args=[1])).status_code == 404
    page = client.get(reverse("admin:suppression_suppressionhandover_change", args=[handing.handover.pk])).text
    assert "not read to its end" in page
