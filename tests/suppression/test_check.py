"""Bulk checks: answered by position, by every active pepper, and counted as matches of what blocked."""

from datetime import timedelta
from hashlib import sha256

import pytest
from django.test import override_settings

from apps.audit.actors import Actor, NotAllowed
from apps.privacy.digests import digest, digests, digests_of_sha256
from apps.suppression.models import SuppressionEntry, SuppressionList
from apps.suppression.selectors import answers
from apps.suppression.services import check, check_many
from apps.vendors.models import VendorAccount
from tests.constants import NOW
from tests.suppression.builders import JANE, block, only_entry

OPERATOR = Actor.command()
LATER = NOW + timedelta(days=1)

pytestmark = pytest.mark.django_db


def ask(*values: str, kind="email", account=None, at=LATER) -> list:
    return check_many([(kind, value) for value in values], by=OPERATOR, at=at, account=account)


def lists(answer) -> list[str]:
    return [hit.list_name for hit in answer.hits]


def account(name: str) -> VendorAccount:
    return VendorAccount.objects.create(name=name, vendor="bento", host="app.bentonow.com", site=name, synced_at=NOW)


def limited_to(account: VendorAccount, name: str = "erased") -> None:
    limited = SuppressionList.objects.get(name=name)
    SuppressionList.objects.filter(pk=limited.pk).update(everywhere=False)
    limited.accounts.add(account)


def test_answers_come_by_position():
    block(JANE, "ann@example.org")

    answered = ask("bob@example.org", " JANE@example.com ", "no address", "ann@example.org")

    assert [lists(each) for each in answered] == [[], ["erased"], [], ["erased"]]
    assert [bool(each.problem) for each in answered] == [False, False, True, False]
    assert answered[1].hits[0].since == NOW


def test_half_a_character_is_a_problem_and_no_crash():
    (answered,) = ask("ann\ud800@example.org")

    assert "half a character" in answered.problem


def test_each_list_answers_oldest_first():
    block(JANE, list_name="younger", at=NOW + timedelta(hours=1))
    block(JANE, list_name="older")

    assert lists(ask(JANE)[0]) == ["older", "younger"]


def test_more_than_one_query_takes_are_answered_in_order():
    people = [f"p{number}@example.org" for number in range(6_000)]
    block(people[0], people[3_000], people[-1])

    answered = ask(*people)

    assert [number for number, each in enumerate(answered) if each.hits] == [0, 3_000, 5_999]


def test_queries_grow_with_thousands_and_not_with_questions(django_assert_max_num_queries):
    people = [f"p{number}@example.org" for number in range(2_000)]
    block(people[0])

    with django_assert_max_num_queries(5):  # the lists, one for 4,000 digests, the count in its transaction
        ask(*people)


def test_an_entry_made_with_an_older_pepper_is_found(settings):
    block(JANE)

    with override_settings(DIGEST_PEPPERS=f"new:{'N' * 43}=,{settings.DIGEST_PEPPERS}"):
        block("ann@example.org")

        assert [lists(each) for each in ask(JANE, "ann@example.org")] == [["erased"], ["erased"]]


def test_an_address_is_found_by_what_another_tool_made_of_it():
    made = sha256(JANE.encode()).hexdigest()
    _other_tools_entry(made).save(force_insert=True)

    assert lists(ask(" Jane@Example.com")[0]) == ["old"]
    assert lists(ask(made.upper(), kind="email_sha256")[0]) == ["old"]
    assert lists(ask("bob@example.org")[0]) == []


def _other_tools_entry(made: str) -> SuppressionEntry:
    keyed = digests_of_sha256(made)[0]
    old = SuppressionList.objects.create(name="old", created_at=NOW)
    return SuppressionEntry(
        list=old, kind="email_sha256", digest=keyed.value, key_id=keyed.key_id, masked="•••", created_at=NOW
    )


def test_whoever_has_the_pepper_may_ask_by_digest():
    block(JANE)
    keyed = digest("email", JANE)

    found, unknown_key, nonsense = ask(f"{keyed.key_id}:{keyed.value.hex()}", f"x:{'0' * 64}", "x", kind="digest")

    assert lists(found) == ["erased"]
    assert "DIGEST_PEPPERS" in unknown_key.problem
    assert "64 hexadecimal digits" in nonsense.problem


def test_whom_no_list_holds_by_sha256_may_be_held_by_the_address():
    block(JANE)

    by_sha256, by_address = ask(sha256(JANE.encode()).hexdigest(), kind="email_sha256")[0], ask("bob@example.org")[0]

    assert (lists(by_sha256), by_sha256.is_unsure) == ([], True)
    assert by_sha256.problem == (
        "It cannot be told from a SHA-256: ask with the address; until then treat it as suppressed."
    )
    assert (by_address.is_unsure, by_address.problem) == (False, "")


def test_a_digest_clears_where_one_pepper_made_everything():
    block(JANE)

    (answer,) = ask(written(digest("email", "bob@example.org")), kind="digest")

    assert (lists(answer), answer.is_unsure, answer.problem) == ([], False, "")


def written(keyed, kind="") -> str:
    return f"{kind}{keyed.key_id}:{keyed.value.hex()}"


def test_with_two_peppers_a_digest_of_one_clears_nobody(settings):
    block(JANE)

    with override_settings(DIGEST_PEPPERS=f"new:{'N' * 43}=,{settings.DIGEST_PEPPERS}"):
        block("ann@example.org")
        jane = ask(*map(written, digests("email", JANE)), kind="digest")
        ann = ask(*map(written, digests("email", "ann@example.org")), kind="digest")

    assert [(lists(each), each.is_unsure) for each in jane] == [([], True), (["erased"], False)]
    assert [(lists(each), each.is_unsure) for each in ann] == [(["erased"], False), ([], True)]
    assert "Several keys are active" in jane[0].problem


@pytest.mark.parametrize(("kind", "is_unsure"), [("email", True), ("email_sha256", True), ("customer_id", False)])
def test_beside_entries_of_other_tools_a_digest_of_an_address_clears_nobody(kind, is_unsure):
    _other_tools_entry(sha256(JANE.encode()).hexdigest()).save(force_insert=True)
    bob = sha256(b"bob@example.org").hexdigest()
    keyed = digests_of_sha256(bob)[0] if kind == "email_sha256" else digest(kind, "bob@example.org")

    (answer,) = ask(written(keyed, f"{kind}:"), kind="digest")

    assert (lists(answer), answer.is_unsure) == ([], is_unsure)


def test_entries_of_other_tools_that_block_nobody_raise_no_doubt():
    entry = _other_tools_entry(sha256(JANE.encode()).hexdigest())
    entry.expires_at = LATER
    entry.save(force_insert=True)
    bob = written(digest("email", "bob@example.org"))

    assert ask(bob, kind="digest", at=LATER - timedelta(seconds=1))[0].is_unsure
    assert not ask(bob, kind="digest", at=LATER)[0].is_unsure


def test_doubts_cost_one_query_however_many_miss(django_assert_max_num_queries):
    unknown = [written(digest("email", f"p{number}@example.org")) for number in range(500)]

    with django_assert_max_num_queries(2):
        ask(*unknown, kind="digest")


def test_a_kind_finds_its_own_kind_only():
    block(JANE)

    assert not ask(JANE, kind="customer_id")[0].hits


def test_an_entry_that_expired_or_was_lifted_blocks_nobody():
    block(JANE, "ann@example.org")
    SuppressionEntry.objects.filter(masked__startswith="j").update(expires_at=LATER)
    SuppressionEntry.objects.filter(masked__startswith="a").update(lifted_at=NOW, lift_reason="came_back")

    assert [lists(each) for each in ask(JANE, "ann@example.org")] == [[], []]
    assert lists(ask(JANE, at=LATER - timedelta(seconds=1))[0]) == ["erased"]


def test_a_list_for_some_accounts_blocks_at_those_alone():
    here, elsewhere = account("here"), account("elsewhere")
    block(JANE)
    block(JANE, list_name="everywhere", at=LATER)
    limited_to(here)

    assert lists(ask(JANE, account=here, at=LATER)[0]) == ["erased", "everywhere"]
    assert lists(ask(JANE, account=elsewhere, at=LATER)[0]) == ["everywhere"]
    assert lists(ask(JANE, at=LATER)[0]) == ["erased", "everywhere"]


def test_what_blocked_is_counted_once_a_call():
    block(JANE, "ann@example.org")

    ask(JANE, JANE.upper(), "bob@example.org")
    ask(JANE, at=LATER + timedelta(hours=1))

    jane, ann = SuppressionEntry.objects.order_by("-masked")
    assert (jane.matches, jane.last_match_at) == (2, LATER + timedelta(hours=1))
    assert (ann.matches, ann.last_match_at) == (0, None)


def test_what_blocks_elsewhere_is_not_counted():
    block(JANE)
    limited_to(account("here"))

    ask(JANE, account=account("elsewhere"))

    assert only_entry().matches == 0


def test_the_box_and_a_look_count_nothing():
    block(JANE)

    assert check("email", JANE, by=OPERATOR, at=LATER)
    assert answers([("email", JANE)], at=LATER)[0].hits

    assert only_entry().matches == 0


def test_it_needs_the_right_to_check(alice):
    alice.groups.clear()

    with pytest.raises(NotAllowed):
        check_many([("email", JANE)], by=Actor.page(alice), at=NOW)
