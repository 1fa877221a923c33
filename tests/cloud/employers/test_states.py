"""The table of states: what leads where, and what a firm's rounds make of it."""

import itertools
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.employers.cases import months_after
from cloud.employers.lookup import divisions, industries, papers_on, recheck_on
from cloud.employers.states import COUNTS, OPEN, STANDINGS, TRANSITIONS, State, standing_of


def test_every_state_can_be_left_but_the_last_one() -> None:
    assert [state for state, onward in TRANSITIONS.items() if not onward] == ["superseded"]
    assert {target for onward in TRANSITIONS.values() for target in onward} <= set(TRANSITIONS)
    assert set(TRANSITIONS) == OPEN | COUNTS | {"superseded"}


def test_a_ban_is_above_everything() -> None:
    for states in itertools.combinations(TRANSITIONS, 2):
        assert standing_of(states, banned=True) == "blacklisted"


@pytest.mark.parametrize(
    ("states", "standing"),
    [
        ([], "draft"),
        (["draft"], "draft"),
        (["submitted"], "submitted"),
        (["refused"], "refused"),
        (["verified"], "verified"),
        (["verified", "submitted"], "verified"),
        (["due", "submitted"], "due"),
        (["due", "refused"], "due"),
        (["lapsed"], "lapsed"),
        (["lapsed", "draft"], "lapsed"),
        (["lapsed", "submitted"], "submitted"),
        (["revoked", "superseded"], "revoked"),
        (["superseded"], "draft"),
    ],
)
def test_a_round_that_holds_stands_above_one_that_is_open(states: list[State], standing: str) -> None:
    assert standing_of(states, banned=False) == standing
    assert standing in STANDINGS


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 36))
def test_a_term_of_months_ends_on_the_same_day_or_the_last_one(day: date, months: int) -> None:
    end = months_after(day, months)
    assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == months
    assert end.day <= day.day
    assert end.day == day.day or (end.replace(day=28).month != 12 and end.day >= 28) or end.day >= 28


def test_the_tables_say_what_the_law_does() -> None:
    today = date(2026, 3, 2)
    assert [one.kind for one in papers_on(today)] == ["licence", "id_card", "authorisation", "notice"]
    assert all("第26条" in one.source for one in papers_on(today))
    assert recheck_on(today).months <= 6
    assert (len(industries()), len(divisions())) == (20, 97)
    assert divisions()["G54"] == "道路运输业"
