"""Who comes in: live tokens with the scope, as often as allowed. Whoever does not learns nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.api.models import ApiToken
from apps.api.services.admitting import TooFast, Turnstile
from apps.api.services.tokens import revoke_token
from apps.audit.actors import Actor

ASK = {"identifiers": [{"kind": "email", "value": "ann@example.org"}]}


def now() -> datetime:
    return datetime.now(UTC)


def ask(call, token: str):
    return call("/suppression/check", ASK, token=token)


def test_a_token_with_the_scope_comes_in(call, issue):
    assert ask(call, issue("check").text).status_code == 200


def test_every_wrong_token_gets_the_same_answer(call, issue):
    good, expired, revoked = issue(), issue(), issue()
    ApiToken.objects.filter(pk=expired.token.pk).update(created_at=now() - timedelta(2), expires_at=now())
    revoke_token(revoked.token, by=Actor.command(), at=now())
    unknown = good.text.replace(good.token.public_id, "0" * 16)
    wrong = good.text[:-1] + ("A" if good.text[-1] != "A" else "B")

    answers = [ask(call, text) for text in ("", "nonsense", unknown, wrong, expired.text, revoked.text)]

    assert {answer.status_code for answer in answers} == {401}
    assert len({(answer.content, *sorted(answer.headers.items())) for answer in answers}) == 1
    assert answers[0].headers["WWW-Authenticate"] == "Bearer"


def test_wrong_tokens_cost_the_same_queries(call, issue, django_assert_num_queries):
    good = issue()
    unknown = good.text.replace(good.token.public_id, "0" * 16)
    wrong = good.text[:-1] + ("A" if good.text[-1] != "A" else "B")

    for text in ("nonsense", unknown, wrong):
        with django_assert_num_queries(1):
            ask(call, text)


def test_a_token_counts_no_longer_once_its_service_user_is_switched_off(call, issue, service_user):
    service_user.is_active = False
    service_user.save(update_fields=["is_active"])

    assert ask(call, issue().text).status_code == 401


def test_another_scope_does_not_do(call, issue):
    answer = ask(call, issue("intake", "read", "lift").text)

    assert answer.status_code == 403
    assert answer.json()["detail"] == "This token lacks the scope “check”."


def test_the_minute_is_used_up_and_the_answer_says_how_long_to_wait(call, issue):
    token = issue(per_minute=2).text

    answers = [ask(call, token) for _ in range(4)]

    assert [answer.status_code for answer in answers] in (
        [200, 200, 429, 429],
        [200, 200, 200, 429],
    )  # a minute may end
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60


MOMENT = datetime(2026, 11, 21, 12, 0, 5, tzinfo=UTC)


def passed(turnstiles, token, *, calls: int, at=MOMENT) -> int:
    """Let processes take turns, and count the calls that came through."""
    through = 0
    for number in range(calls):
        try:
            turnstiles[number % len(turnstiles)].let_through(token, at=at)
        except TooFast:
            continue
        through += 1
    return through


@pytest.mark.parametrize("per_minute", [1, 3, 20, 100])
def test_processes_share_the_minute(issue, per_minute):
    token = issue(per_minute=per_minute).token

    assert passed([Turnstile(), Turnstile(), Turnstile()], token, calls=4 * per_minute) == per_minute


def test_the_next_minute_starts_anew_and_a_late_clock_does_not_reset_it(issue):
    token, turnstiles = issue(per_minute=3).token, [Turnstile(), Turnstile()]
    passed(turnstiles, token, calls=10)

    later = passed(turnstiles[:1], token, calls=10, at=MOMENT + timedelta(minutes=1))
    behind = passed([Turnstile()], token, calls=10, at=MOMENT)

    assert (later, behind) == (3, 0)


def test_a_fast_token_writes_seldom(issue, django_assert_num_queries):
    token, turnstile = issue(per_minute=1000).token, Turnstile()

    with django_assert_num_queries(4):  # two shares, and each notes the last use
        assert passed([turnstile], token, calls=100) == 100


def test_a_used_up_minute_is_not_asked_for_again(issue, django_assert_num_queries):
    token, turnstile = issue(per_minute=1).token, Turnstile()
    passed([turnstile], token, calls=2)

    with django_assert_num_queries(0):
        assert passed([turnstile], token, calls=5) == 0


def test_all_tokens_of_a_client_share_the_minute(issue):
    first, second = issue(per_minute=20).token, issue(per_minute=20).token
    turnstile = Turnstile()

    through = [passed([turnstile], token, calls=30) for token in (first, second)]

    assert through == [20, 0]


def test_what_counts_as_many_comes_through_whole_or_not_at_all(issue):
    token, turnstile = issue(per_minute=10).token, Turnstile()
    turnstile.let_through(token, at=MOMENT, calls=7)

    with pytest.raises(TooFast):
        turnstile.let_through(token, at=MOMENT, calls=4)

    assert passed([turnstile], token, calls=10) == 3


def many(count: int) -> dict:
    return {"identifiers": [{"kind": "email", "value": f"p{number}@example.org"} for number in range(count)]}


def test_each_hundred_identifiers_count_as_a_call(call, issue):
    token = issue(per_minute=5).text

    answers = [call("/suppression/check", many(250), token=token) for _ in range(4)]

    assert {answer.status_code for answer in answers[:1]} == {200}
    assert [answer.status_code for answer in answers].count(429) >= 2  # a minute may end
    assert 1 <= int(next(answer for answer in answers if answer.status_code == 429).headers["Retry-After"]) <= 60


def test_more_than_a_whole_minute_pays_for_is_refused_for_good(call, issue):
    answer = call("/suppression/check", many(501), token=issue(per_minute=5).text)

    assert (answer.status_code, answer.json()["type"]) == (422, "/api/v1/docs#refused")
    assert answer.json()["detail"] == "Ask for up to 500 at once: each 100 count as a call of the minute."


def test_the_last_use_is_noted(call, issue):
    issued = issue()

    ask(call, issued.text)

    assert ApiToken.objects.get(pk=issued.token.pk).last_used_at >= issued.token.created_at
