import errno
from pathlib import Path

import pytest
from django.test import override_settings

from apps.privacy.checks import check_trap
from apps.privacy.failpoints import Action, Failpoint, FailpointReached, Trap, arm, parse_trap, reach

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _disarmed():
    yield
    arm(None)


@pytest.mark.parametrize(
    ("text", "trap"),
    [
        ("", None),
        ("claimed", Trap(Failpoint.CLAIMED)),
        ("claimed:3", Trap(Failpoint.CLAIMED, nth=3)),
        ("claimed:hang", Trap(Failpoint.CLAIMED, action=Action.HANG)),
        ("body-sent:2:raise", Trap(Failpoint.BODY_SENT, nth=2, action=Action.RAISE)),
    ],
)
def test_a_trap_is_a_place_a_number_and_an_action(text, trap):
    assert parse_trap(text) == trap


@pytest.mark.parametrize("text", ["claimde", "claimed:0", "claimed:x", "claimed:2:x", "claimed:2:raise:more", ":2"])
def test_another_word_is_refused(text):
    with pytest.raises(ValueError, match=r"is none of claim-uncommitted|is not of the form"):
        parse_trap(text)


def test_without_a_trap_nothing_happens():
    for place in Failpoint:
        reach(place)


def test_the_action_happens_once_at_the_pass_asked_for_and_nowhere_else():
    arm(parse_trap("claimed:2:raise"))
    reach(Failpoint.CLAIMED)
    reach(Failpoint.BEFORE_CONNECT)

    with pytest.raises(FailpointReached):
        reach(Failpoint.CLAIMED)

    reach(Failpoint.CLAIMED)


def test_a_full_disk_is_what_the_system_would_raise():
    arm(parse_trap("claimed:enospc"))

    with pytest.raises(OSError, match="No space left") as full:
        reach(Failpoint.CLAIMED)

    assert full.value.errno == errno.ENOSPC


def test_a_trap_that_is_set_is_told_at_every_start():
    with override_settings(FAILPOINT=parse_trap("claimed")):
        [warning] = check_trap(None)

    assert warning.id == "privacy.W001"
    assert check_trap(None) == []


def test_every_place_is_passed_by_the_code_and_explained():
    code = [path.read_text() for path in (ROOT / "apps").rglob("*.py") if path.name != "failpoints.py"]
    told = (ROOT / "docs/configuration.md").read_text()

    assert [place.name for place in Failpoint if not any(f"Failpoint.{place.name}" in text for text in code)] == []
    assert [place for place in Failpoint if f"`{place}`" not in told] == []
