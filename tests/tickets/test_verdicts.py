"""The table of answers as pure rules: every outcome, in every situation that changes what it does."""

from dataclasses import replace
from datetime import timedelta

import pytest

from apps.tickets.verdicts import Move, Policy, Situation, after_answer, after_crash, after_look, after_useless_look
from apps.vendors.clients.errors import Outcome

HOUR = timedelta(hours=1)
AT_ONCE = timedelta(0)
POLICY = Policy(tries=3, verify_after=(HOUR, 6 * HOUR, 48 * HOUR), backoff=lambda tries: timedelta(minutes=tries + 1))
BLIND = {"can_look": False, "held": None}


def situation(**known):
    usual = Situation(
        status="sending", can_look=True, held=True, may_have_worked=False, tries=0, attempts=1, doubt="", window=0
    )
    return replace(usual, **known)


def backoff(tries):
    return POLICY.backoff(tries)


ANSWERS = [
    ("accepted", {}, Move("accepted", wait=HOUR, is_try=True)),
    ("accepted", {"held": False}, Move("accepted", wait=HOUR, is_try=True)),
    ("accepted", BLIND, Move("accepted", closes=True, is_try=True)),
    ("absent", {"held": False}, Move("not_found", closes=True, is_try=True)),
    ("absent", {"held": None}, Move("not_found", closes=True, is_try=True)),
    ("absent", {"held": True}, Move("retry_wait", wait=AT_ONCE, doubt="said_absent", is_try=True)),
    (
        "absent",
        {"held": False, "may_have_worked": True},
        Move("retry_wait", wait=AT_ONCE, doubt="said_absent", is_try=True),
    ),
    ("absent", BLIND, Move("not_found", closes=True, is_try=True)),
    ("absent", {**BLIND, "may_have_worked": True}, Move("outcome_unknown", attention="unsettled", is_try=True)),
    ("absent_unsure", {"held": False}, Move("retry_wait", wait=AT_ONCE, doubt="unsure_absent", is_try=True)),
    ("absent_unsure", {"held": True}, Move("retry_wait", wait=AT_ONCE, doubt="unsure_absent", is_try=True)),
    ("absent_unsure", BLIND, Move("not_found", closes=True, is_try=True)),
    ("rejected", {}, Move("rejected", attention="rejected", is_try=True)),
    ("rejected", BLIND, Move("rejected", attention="rejected", is_try=True)),
    ("key_refused", {"tries": 1}, Move("queued", wait=AT_ONCE)),
    ("busy", {"tries": 1}, Move("retry_wait", wait=backoff(1))),
    ("unreached", {"tries": 1}, Move("retry_wait", wait=backoff(1))),
    ("maybe_arrived", {}, Move("retry_wait", wait=backoff(1), doubt="unclear", is_try=True)),
    (
        "maybe_arrived",
        {"tries": 2},
        Move("retry_wait", wait=backoff(3), doubt="unclear", is_try=True),
    ),
    ("maybe_arrived", BLIND, Move("outcome_unknown", attention="unsettled", is_try=True)),
    ("unknown", {}, Move("outcome_unknown", wait=HOUR, doubt="unclear", is_try=True)),
    ("unknown", BLIND, Move("outcome_unknown", attention="unsettled", is_try=True)),
    ("html_success", {}, Move("outcome_unknown", wait=HOUR, doubt="unclear", is_try=True)),
    ("html_success", BLIND, Move("outcome_unknown", attention="unsettled", is_try=True)),
    ("redirected", {}, Move("retry_wait", wait=backoff(1), doubt="unclear", is_try=True)),
    ("redirected", BLIND, Move("outcome_unknown", attention="unsettled", is_try=True)),
    ("redirected", {**BLIND, "tries": 2}, Move("outcome_unknown", attention="unsettled", is_try=True)),
    (
        "redirected",
        {"tries": 2},
        Move("retry_wait", wait=backoff(3), doubt="unclear", attention="out_of_tries", is_try=True),
    ),
    ("wrong_address", {}, Move("retry_wait", wait=backoff(1), doubt="unclear", is_try=True)),
    ("wrong_address", BLIND, Move("outcome_unknown", attention="unsettled", is_try=True)),
    ("tls_failed", {}, Move("retry_wait", wait=backoff(1), is_try=True)),
    ("tls_failed", BLIND, Move("retry_wait", wait=backoff(1), is_try=True)),
    ("tls_failed", {"tries": 2}, Move("retry_wait", wait=backoff(3), attention="out_of_tries", is_try=True)),
]


@pytest.mark.parametrize(("outcome", "known", "move"), ANSWERS)
def test_an_answer_moves_an_erasure(outcome, known, move):
    assert after_answer(Outcome(outcome), situation(**known), POLICY) == move


def test_every_outcome_has_a_move():
    assert {outcome for outcome, _, _ in ANSWERS} == set(Outcome)


GONE, HERE = False, True


@pytest.mark.parametrize(
    ("present", "known", "move"),
    [
        (GONE, {"status": "accepted"}, Move("verified_absent", closes=True)),
        (GONE, {"status": "accepted", "held": None}, Move("verified_absent", closes=True)),
        (GONE, {"status": "accepted", "held": False}, Move("not_found", closes=True)),
        (HERE, {"status": "accepted"}, Move("accepted", wait=5 * HOUR, window=1)),
        (HERE, {"status": "accepted", "window": 1}, Move("accepted", wait=42 * HOUR, window=2)),
        (HERE, {"status": "accepted", "window": 2}, Move("still_present", attention="still_present")),
        (GONE, {"status": "outcome_unknown", "doubt": "unclear"}, Move("verified_absent", closes=True)),
        (GONE, {"status": "outcome_unknown", "doubt": "unclear", "held": False}, Move("not_found", closes=True)),
        (HERE, {"status": "outcome_unknown", "doubt": "unclear", "tries": 1}, Move("retry_wait", wait=AT_ONCE)),
        (GONE, {"status": "retry_wait", "doubt": "unclear"}, Move("verified_absent", closes=True)),
        (GONE, {"status": "retry_wait", "doubt": "unclear", "held": False}, Move("retry_wait", wait=AT_ONCE)),
        (HERE, {"status": "retry_wait", "doubt": "unclear", "tries": 1}, Move("retry_wait", wait=AT_ONCE)),
        (GONE, {"status": "retry_wait", "doubt": "said_absent"}, Move("verified_absent", closes=True)),
        (
            GONE,
            {"status": "retry_wait", "doubt": "said_absent", "held": None, "may_have_worked": True},
            Move("verified_absent", closes=True),
        ),
        (
            GONE,
            {"status": "retry_wait", "doubt": "said_absent", "held": False, "may_have_worked": True},
            Move("not_found", closes=True),
        ),
        (HERE, {"status": "retry_wait", "doubt": "said_absent"}, Move("rejected", attention="present_but_refused")),
        (GONE, {"status": "retry_wait", "doubt": "unsure_absent"}, Move("verified_absent", closes=True)),
        (GONE, {"status": "retry_wait", "doubt": "unsure_absent", "held": False}, Move("not_found", closes=True)),
        (HERE, {"status": "retry_wait", "doubt": "unsure_absent", "tries": 1}, Move("retry_wait", wait=backoff(1))),
    ],
)
def test_a_look_after_a_send_moves_an_erasure(present, known, move):
    assert after_look(present, situation(**known), POLICY) == move


@pytest.mark.parametrize("doubt", ["unclear", "unsure_absent"])
def test_a_person_who_is_still_there_when_the_tries_are_used_up_waits_for_staff(doubt):
    move = after_look(HERE, situation(status="retry_wait", doubt=doubt, tries=3), POLICY)

    assert (move.status, move.attention, move.wait) == ("retry_wait", "out_of_tries", None)


@pytest.mark.parametrize(
    ("known", "move"),
    [
        ({"status": "accepted"}, Move("accepted", wait=5 * HOUR, window=1)),
        ({"status": "accepted", "window": 2}, Move("accepted", closes=True)),
        (
            {"status": "outcome_unknown", "doubt": "unclear"},
            Move("outcome_unknown", wait=5 * HOUR, doubt="unclear", window=1),
        ),
        (
            {"status": "outcome_unknown", "doubt": "unclear", "window": 2},
            Move("outcome_unknown", doubt="unclear", attention="unsettled"),
        ),
        (
            {"status": "retry_wait", "doubt": "said_absent", "window": 2},
            Move("retry_wait", doubt="said_absent", attention="unsettled"),
        ),
    ],
)
def test_useless_looks_go_on_to_the_next_window_and_end_after_the_last(known, move):
    assert after_useless_look(situation(**known), POLICY) == move


@pytest.mark.parametrize(
    ("crashes", "known", "move"),
    [
        (1, {}, Move("outcome_unknown", wait=HOUR, doubt="unclear", is_try=True)),
        (1, BLIND, Move("outcome_unknown", attention="unsettled", is_try=True)),
        (2, {}, Move("outcome_unknown", doubt="unclear", attention="crashed_twice", is_try=True)),
        (2, BLIND, Move("outcome_unknown", attention="crashed_twice", is_try=True)),
    ],
)
def test_a_dead_worker_leaves_the_outcome_unknown(crashes, known, move):
    assert after_crash(situation(**known), POLICY, crashes=crashes) == move


@pytest.mark.parametrize("held", [True, False])
def test_the_last_try_is_looked_at_before_a_person_is_asked(held):
    now = situation(status="retry_wait", doubt="unclear", tries=3, held=held)

    present, absent = after_look(HERE, now, POLICY), after_look(GONE, now, POLICY)

    assert present.attention == "out_of_tries"
    assert (absent.status, absent.attention) == (("verified_absent", "") if held else ("retry_wait", "out_of_tries"))


def test_requests_that_never_left_come_less_and_less_often():
    assert after_answer(Outcome.UNREACHED, situation(attempts=4), POLICY).wait == backoff(4)


def test_a_round_follows_while_profiles_grow_fewer_and_ten_were_not_sent():
    now = situation(status="accepted", progressed=True, round=9, tries=3)

    assert after_look(True, now, POLICY) == Move("retry_wait", wait=AT_ONCE, next_round=True)
    assert after_look(True, replace(now, round=10), POLICY) == Move("accepted", wait=5 * HOUR, window=1)
    assert after_look(True, replace(now, progressed=False), POLICY) == Move("accepted", wait=5 * HOUR, window=1)
    assert after_look(False, now, POLICY) == Move("verified_absent", closes=True)


def test_profiles_chosen_one_by_one_are_asked_for_one_after_the_other():
    onwards = Move("retry_wait", wait=AT_ONCE, next_target=True)
    doubtful = situation(status="outcome_unknown", doubt="unclear", more=True, pending=True)

    assert after_answer(Outcome.ACCEPTED, situation(more=True), POLICY) == onwards
    assert after_look(False, doubtful, POLICY) == onwards
    assert after_look(False, replace(doubtful, more=False), POLICY) == Move("accepted", wait=HOUR)
    assert after_look(True, doubtful, POLICY) == Move("retry_wait", wait=AT_ONCE)
