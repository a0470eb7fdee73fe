"""sync_vendors and check_vendors, against the sandbox."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.audit.models import AuditEvent
from apps.vendors.models import VendorAccount

pytestmark = pytest.mark.django_db


@pytest.fixture
def environment(settings, sandbox) -> dict[str, str]:
    settings.VENDOR_SECRET_URLS = {"bento": sandbox.bento_url, "blueshift": sandbox.blueshift_url}
    return settings.VENDOR_SECRET_URLS


def run(name: str) -> str:
    out = StringIO()
    call_command(name, stdout=out)
    return out.getvalue()


def refused(name: str) -> tuple[str, int]:
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command(name, stdout=out)
    return out.getvalue() + str(caught.value), caught.value.returncode


def test_sync_mirrors_and_names_every_account(environment):
    said = run("sync_vendors")

    assert said.splitlines() == ["bento: bento at 127.0.0.1", "blueshift: blueshift at 127.0.0.1"]
    assert VendorAccount.objects.filter(is_active=True).count() == 2
    assert set(AuditEvent.objects.values_list("actor", flat=True)) == {"operator"}


def test_sync_without_an_account_says_what_that_means(settings):
    assert "no ticket can be opened" in run("sync_vendors")


def test_sync_changes_nothing_where_one_variable_is_wrong(environment):
    environment["zoo"] = "bento://sk_secret@nowhere"

    said, code = refused("sync_vendors")

    assert code == 2
    assert "VENDOR_ZOO" in said
    assert "sk_secret" not in said
    assert not VendorAccount.objects.exists()


def test_check_says_which_keys_work_and_deletes_nothing(environment, sandbox):
    run("sync_vendors")

    assert run("check_vendors").splitlines() == ["bento: the key works.", "blueshift: the key works."]
    assert sandbox.deletions() == []


def test_check_counts_as_one_look_of_each_account(environment):
    run("sync_vendors")

    run("check_vendors")

    bento, blueshift = VendorAccount.objects.order_by("name")
    assert [calls for _, calls in bento.calls_begun] == [1]
    assert blueshift.call_slot_at is not None


def test_check_says_where_the_database_cannot_count_it(environment):
    said = run("check_vendors")

    assert said.count("the key works. Not counted against its pace: the database does not have this account.") == 2


@pytest.mark.parametrize("name", ["bento", "blueshift"])
def test_check_says_in_words_which_key_is_refused(environment, name):
    scheme, _, rest = environment[name].partition("://")
    keys, _, place = rest.partition("@")
    wrong = ":".join("wrong_secret" for _ in keys.split(":"))
    environment[name] = f"{scheme}://{wrong}@{place}"

    said, code = refused("check_vendors")

    assert code == 1
    assert f"{name}: the key is refused." in said
    assert said.count("the key works.") == 1
    assert "wrong_secret" not in said


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"status": 302}, "answers with a redirect"),
        ({"status": 404, "style": "html"}, "no such API at this address"),
        ({"status": 418}, "does not describe. (HTTP 418)"),
    ],
)
def test_check_says_in_words_what_else_is_wrong(environment, sandbox, fault, words):
    sandbox.fault(vendor="bento", **fault)

    said, code = refused("check_vendors")

    assert words in said
    assert code == 1


def test_a_busy_vendor_works(environment, sandbox):
    sandbox.fault(vendor="bento", status=429)

    assert "bento: answers, but is busy now. (HTTP 429)" in run("check_vendors")


def test_an_unreachable_vendor_is_told(environment):
    environment["bento"] = "bento://pk:sk_secret@127.0.0.1:9/site?tls=off"

    said, code = refused("check_vendors")

    assert "bento: no connection." in said
    assert code == 1


def test_no_key_is_printed(environment):
    said = run("sync_vendors") + run("check_vendors")

    keys = [url.partition("://")[2].partition("@")[0] for url in environment.values()]
    assert [key for pair in keys for key in pair.split(":") if key in said] == []
