"""What a VENDOR_NAME variable may say, and how it is told what is wrong with it."""

import traceback
from dataclasses import fields
from datetime import timedelta

import pytest
from django.core.checks import run_checks

from apps.vendors.accounts import _READERS, Account, AccountError, Options, parse_account
from apps.vendors.clients.bento import BentoClient
from apps.vendors.selectors import configured_accounts, option_defaults

DEFAULTS = option_defaults()
BENTO = "bento://pk_public:sk_secret@app.bentonow.com/0f0f-site"
BLUESHIFT = "blueshift://sk_secret@api.eu.getblueshift.com"


def parse(url: str, name: str = "shop") -> Account:
    return parse_account(name, url, defaults=DEFAULTS)


def refusal(url: str) -> str:
    with pytest.raises(AccountError) as caught:
        parse(url)
    return str(caught.value)


def test_it_reads_every_part():
    account = parse(BENTO)

    assert (account.name, account.vendor, account.host, account.site) == (
        "shop",
        "bento",
        "app.bentonow.com",
        "0f0f-site",
    )
    assert account.keys == ("pk_public", "sk_secret")
    assert account.origin == "https://app.bentonow.com"
    assert account.options == DEFAULTS["bento"]


def test_keys_are_percent_decoded():
    assert parse("bento://p%40k:s%2Fk%3F@app.bentonow.com/site").keys == ("p@k", "s/k?")


def test_a_port_and_plain_http_are_for_this_machine():
    assert parse("bento://pk:sk@127.0.0.1:8001/site?tls=off").origin == "http://127.0.0.1:8001"


@pytest.mark.parametrize(
    ("query", "name", "value"),
    [
        ("per_day=500", "per_day", 500),
        ("per_minute=30", "per_minute", 30),
        ("per_second=3", "per_second", 3),
        ("day=calendar", "day", "calendar"),
        ("tz=Europe/Berlin", "tz", "Europe/Berlin"),
        ("urgent=20", "urgent", 20),
        ("lanes=2", "lanes", 2),
        ("concurrency=8", "concurrency", 8),
        ("timeout=5", "timeout", timedelta(seconds=5)),
        ("tries=3", "tries", 3),
        ("retry_base=2m", "retry_base", timedelta(minutes=2)),
        ("verify_after=15m,6h,2d", "verify_after", (timedelta(minutes=15), timedelta(hours=6), timedelta(days=2))),
        ("snapshot=full", "snapshot", "full"),
        ("abuse_fields=chargebacks,%20refunds", "abuse_fields", ("chargebacks", "refunds")),
        ("mode=forget", "mode", "forget"),
    ],
)
def test_every_option_is_read(query, name, value):
    assert getattr(parse(f"{BENTO}?{query}").options, name) == value


def test_every_option_of_the_design_has_a_reader():
    assert set(_READERS) == {field.name for field in fields(Options)}


def test_what_is_silent_takes_the_vendors_default():
    assert parse(f"{BENTO}?tries=2").options.per_day == 1000
    assert parse(BLUESHIFT).options.per_day is None


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "not of the form"),
        ("nonsense", "not of the form"),
        ("bento://", "not of the form"),
        ("bento://pk:sk@host:port/site", "not of the form"),
        ("mailchimp://sk_secret@host", "unknown vendor “mailchimp”: use bento:// or blueshift://"),
        (f"{BENTO}?tls=off", "not this machine"),
        (f"{BENTO}?per_dya=1", "unknown option"),
        (f"{BENTO}?per_day=1&per_day=2", "twice"),
        (f"{BENTO}?per_day=0", "per_day: a whole number from 1 up"),
        (f"{BENTO}?per_minute=many", "per_minute: a whole number"),
        (f"{BENTO}?per_second=-1", "per_second: a whole number"),
        (f"{BENTO}?urgent=", "urgent: a whole number from 0 up"),
        (f"{BENTO}?per_day=10&urgent=10", "urgent must be below per_day"),
        (f"{BENTO}?lanes=0", "lanes: a whole number"),
        (f"{BENTO}?concurrency=0", "concurrency: a whole number"),
        (f"{BENTO}?tries=0", "tries: a whole number"),
        (f"{BENTO}?day=fiscal", "day: one of rolling, calendar"),
        (f"{BENTO}?tz=Mars/Base", "tz: the time zone is unknown"),
        (f"{BENTO}?tz=../etc/passwd", "tz: the time zone is unknown"),
        (f"{BENTO}?timeout=0", "timeout: a duration above zero"),
        (f"{BENTO}?timeout=soon", "timeout: “soon” is not a duration"),
        (f"{BENTO}?retry_base=0s", "retry_base: a duration above zero"),
        (f"{BENTO}?verify_after=6h,15m", "verify_after: the durations must rise"),
        (f"{BENTO}?verify_after=15m,15m", "verify_after: the durations must rise"),
        (f"{BENTO}?snapshot=all", "snapshot: one of minimal, full"),
        (f"{BENTO}?mode=erase", "mode: one of delete, forget"),
        (f"{BENTO}?tls=maybe", "tls: one of on, off"),
    ],
)
def test_a_wrong_variable_says_what_is_wrong_and_repeats_no_key(url, words):
    said = refusal(url)

    assert said.startswith("VENDOR_SHOP")
    assert words in said
    assert "sk_secret" not in said


@pytest.mark.parametrize(
    "url", [BENTO, "bento://pk:sk_secret@bad host/x", "blueshift://abc?sk_secret@host", f"{BENTO}?x=1"]
)
def test_no_key_shows_in_a_repr_or_a_traceback(url):
    try:
        shown = repr(parse(url)) + str(parse(url))
    except AccountError:
        shown = traceback.format_exc()

    assert "sk_secret" not in shown


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("bento://pk_public:sk_secret@evil.example/site", "none of Bento's: app.bentonow.com"),
        ("bento://sk_secret@app.bentonow.com/site", "holds 1 keys where Bento needs 2"),
        ("bento://pk_public:sk_secret@app.bentonow.com", "needs a site"),
        ("blueshift://sk_secret:x@api.getblueshift.com", "needs 1"),
        ("blueshift://sk_secret@api.getblueshift.com/site", "takes no path"),
        ("blueshift://sk_secret@api.getblueshift.com?per_day=x", "per_day"),
    ],
)
def test_a_wrong_variable_fails_at_start_with_an_id_and_a_hint(settings, url, words):
    settings.VENDOR_SECRET_URLS = {"shop": url}

    (error,) = [found for found in run_checks() if found.id == "vendors.E001"]

    assert words in error.msg
    assert "sk_secret" not in f"{error.msg}{error.hint}"
    assert "vendor://KEY" in error.hint


def test_good_accounts_pass_the_checks_and_come_in_the_order_of_their_names(settings):
    settings.VENDOR_SECRET_URLS = {"zoo": BENTO, "app": BLUESHIFT}

    assert [account.name for account in configured_accounts()] == ["app", "zoo"]
    assert [found for found in run_checks() if found.id == "vendors.E001"] == []


@pytest.mark.parametrize("url", [BENTO, BLUESHIFT])
def test_two_names_for_one_site_are_refused_at_start(settings, url):
    settings.VENDOR_SECRET_URLS = {"shop": url, "web": f"{url}&per_second=3" if "?" in url else f"{url}?per_second=3"}

    (error,) = [found for found in run_checks() if found.id == "vendors.E002"]

    assert error.msg == "VENDOR_SHOP and VENDOR_WEB name the same site."


def test_one_wrong_account_stops_those_who_need_all(settings):
    settings.VENDOR_SECRET_URLS = {"app": BLUESHIFT, "zoo": "nonsense"}

    with pytest.raises(AccountError, match="VENDOR_ZOO"):
        configured_accounts()


def test_a_mode_that_the_vendor_lacks_is_refused():
    account = parse_account("b", "bento://pk:sk@app.bentonow.com/site?mode=forget", defaults=option_defaults())

    with pytest.raises(AccountError, match="Bento knows no mode=forget"):
        BentoClient.accepts(account)
