"""The pure parts: completeness, groups, flows, what counts as a placement and as an intention, forms."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.people.guidance.counting import Intention, count_intentions
from cloud.people.guidance.steps import FLOWS, KINDS, Kind, check_step
from cloud.people.placements import states
from cloud.people.placements.counting import Row, count, judge
from cloud.people.placements.proofs import KINDS as PROOF_KINDS
from cloud.people.placements.proofs import proof_rules
from cloud.people.registration import tables
from cloud.people.registration.completeness import WHOLE, counts_as_registered, held_by
from cloud.people.registration.completeness import judge as judge_items
from cloud.people.registration.forms import NONE_IS_AN_ANSWER, QUESTIONS, change_values, form_values
from cloud.people.registration.groups import Flag, Whose, fault_on, key_group_on
from cloud.platform.errors import ConflictError, InvalidInputError
from firmware_profiles.ui.catalogue import load_catalogue

DAY = date(2026, 3, 2)
PERSON: dict[str, Any] = {"id_number": "3211**********1234", "phone": "138****0001"}
EMPTY: dict[str, Any] = {
    "version": 1, "born": None, "education": "", "district": "", "street": "", "skills": [], "forms": [], "places": [],
    "trainings": [], "answered": [], "wishes": [], "certificates": [], "hours": "", "pay": None, "has_ability": False,
    "contact_phone": None, "willing": None,
}  # fmt: skip
FULL: dict[str, Any] = EMPTY | {
    "education": "70", "district": "321111", "street": "321111003", "skills": ["电焊"], "forms": ["temporary"],
    "places": ["321111"], "trainings": ["叉车"], "wishes": [{"words": "焊工", "occupation": ""}], "hours": "白天",
    "pay": {"floor_fen": 20_000, "unit": "day"}, "has_ability": True, "ability": "会仰焊",
}  # fmt: skip


def test_the_items_make_a_hundred_and_a_whole_registration_has_them_all() -> None:
    assert sum(item.points for item in tables.items()) == WHOLE
    judged = judge_items(tables.items(), held_by(PERSON, FULL))
    assert (judged.score, judged.missing) == (WHOLE, ())
    nothing = judge_items(tables.items(), held_by({"id_number": None, "phone": None}, EMPTY))
    assert (nothing.score, len(nothing.missing)) == (0, len(tables.items()))


def test_nothing_to_say_is_an_answer_and_who_wants_no_work_has_no_needs() -> None:
    answered = EMPTY | {"answered": ["skills", "trainings", "ability", "places", "pay", "wishes"]}
    held = held_by(PERSON, answered)
    assert {"skills", "trainings", "ability", "places", "pay"} <= held
    assert "wishes" not in held, "a wish cannot be passed by"
    assert "wishes" in held_by(PERSON, EMPTY | {"willing": False})


def test_a_registration_counts_from_sixteen_on_with_a_wish_and_a_way_to_know_him() -> None:
    assert counts_as_registered(date(2010, 3, 2), DAY, {"wishes", "phone"})
    assert counts_as_registered(date(1990, 1, 1), DAY, {"wishes", "identity"})
    assert not counts_as_registered(date(2010, 3, 3), DAY, {"wishes", "phone"})
    assert not counts_as_registered(None, DAY, {"wishes", "phone"})
    assert not counts_as_registered(date(1990, 1, 1), DAY, {"phone"})
    assert not counts_as_registered(date(1990, 1, 1), DAY, {"wishes"})


def test_the_tables_agree_with_each_other() -> None:
    rules = tables.groups().values()
    assert sum(rule.kind == "hardship" for rule in rules) == 10
    assert {proof for rule in rules for proof in rule.proofs} == set(tables.proof_kinds())
    assert all(parent in tables.districts() for parent in tables.streets())
    assert tables.streets()["321111"]["321111003"] == "金山街道"
    assert tuple(proof_rules()) == PROOF_KINDS
    assert {bar.kind for bar in tables.minor_bars()} == {"occupation", "venue"}


def flag(group: str = "youth", since: date = date(2026, 1, 1), days: int = 365, **values: Any) -> Flag:
    asked: dict[str, Any] = {"confirmed": True, "valid_to": since + timedelta(days=days - 1), **values}
    return Flag("f", group, since, **asked)


@pytest.mark.parametrize(
    ("fault", "day", "one", "whose"),
    [
        (None, DAY, flag(), Whose(date(1995, 1, 1), "male")),
        ("not_yet", date(2025, 12, 31), flag(), Whose(date(1995, 1, 1), "male")),
        (None, date(2026, 12, 31), flag(), Whose(date(1995, 1, 1), "male")),
        ("over", date(2027, 1, 1), flag(days=900), Whose(date(1995, 1, 1), "male")),
        ("not_confirmed", DAY, flag(confirmed=False), Whose(date(1995, 1, 1), "male")),
        ("ended", DAY, flag(ended_on=DAY), Whose(date(1995, 1, 1), "male")),
        (None, DAY - timedelta(days=1), flag(ended_on=DAY), Whose(date(1995, 1, 1), "male")),
        ("too_old", DAY, flag(), Whose(date(1990, 3, 1), "male")),
        ("no_birth", DAY, flag(), Whose(None, None)),
        ("rule", date(2019, 1, 1), flag("older", date(2019, 1, 1)), Whose(date(1960, 1, 1), "male")),
        ("rule", DAY, flag("nothing"), Whose(None, None)),
        ("too_young", DAY, flag("older"), Whose(date(1980, 1, 1), "male")),
        (None, DAY, flag("older"), Whose(date(1980, 1, 1), "female")),
        ("too_young", DAY, flag("older"), Whose(date(1980, 1, 1), None)),
        (None, DAY, flag("dibao"), Whose(None, None)),
    ],
)
def test_a_flag_counts_on_the_days_that_its_proof_covers(fault: str | None, day: date, one: Flag, whose: Whose) -> None:
    assert fault_on(day, one, tables.groups().get(one.group), whose) == fault
    assert key_group_on(day, [one], tables.groups(), whose) == (() if fault else (one.group,))


def rows() -> st.SearchStrategy[list[Row]]:
    one = st.builds(
        Row,
        id=st.uuids().map(str),
        person=st.sampled_from("abc"),
        on=st.dates(date(2026, 1, 1), date(2026, 1, 9)),
        state=st.sampled_from(states.STATES),
        groups=st.sampled_from([(), ("youth",)]),
    )
    return st.lists(one, max_size=12, unique_by=lambda row: row.id)


@given(rows())
def test_a_person_counts_once_whatever_the_rows_and_only_by_a_proved_one(found: list[Row]) -> None:
    judged = judge(found)
    worthy = {row.person for row in found if row.state == "proved" and row.groups}
    assert count(judged) == len(worthy)
    assert len(judged) == len(found)
    assert judge(reversed(found)) == judged, "the order of the rows does not matter"
    for one in judged:
        assert (one.verdict == "again") == bool(one.first)
        if one.verdict == "counted":
            assert one.row.state == "proved"
            assert one.row.groups


def test_the_same_person_three_times_counts_once_and_an_unproved_row_says_what_is_missing() -> None:
    found = [Row(name, "a", date(2026, 1, day), "proved", ("youth",)) for day, name in enumerate("pqr", start=1)]
    found.append(Row("s", "b", date(2026, 1, 5), "claimed", ("youth",)))
    judged = judge(found)
    assert count(judged) == 1
    assert [(one.row.id, one.verdict) for one in judged] == [
        ("p", "counted"), ("q", "again"), ("r", "again"), ("s", "no_proof"),
    ]  # fmt: skip


def test_every_state_of_a_placement_is_reached_and_left_as_the_table_says() -> None:
    assert {following for _, following in states.ACTS.values()} | {"claimed"} == set(states.STATES)
    for act, (before, following) in states.ACTS.items():
        for state in states.STATES:
            if state in before:
                assert states.after(state, act) == following
            else:
                with pytest.raises(ConflictError):
                    states.after(state, act)


def test_an_intention_counts_once_per_person_project_and_year() -> None:
    found = [
        Intention("a", "p", date(2026, 1, 1)), Intention("a", "p", date(2026, 12, 31)),
        Intention("a", "q", date(2026, 5, 1)), Intention("a", "", date(2026, 5, 1)),
        Intention("a", "", date(2026, 6, 1)),
        Intention("b", "p", date(2026, 1, 1)), Intention("a", "p", date(2027, 1, 1)),
    ]  # fmt: skip
    counted = count_intentions(found)
    assert (counted.intentions, counted.persons, counted.repeats) == (5, 2, 2)


@pytest.mark.parametrize("kind", KINDS)
def test_every_flow_ends_and_asks_for_the_outcome_there(kind: Kind) -> None:
    flow, t = FLOWS[kind], load_catalogue()
    assert flow.first in flow.steps
    for state, following in flow.steps.items():
        assert f"case.state.{state}" in t
        for one in following:
            outcomes = flow.outcomes.get(one, ("",))
            check_step(kind, state, one, outcomes[0])
            with pytest.raises(InvalidInputError):
                check_step(kind, state, one, "nonsense")
            assert all(f"case.outcome.{outcome}" in t for outcome in outcomes if outcome)
        with pytest.raises(ConflictError):
            check_step(kind, state, flow.first, "")
    with pytest.raises(InvalidInputError):
        check_step(kind, flow.first, "nonsense", "")


def test_a_profile_survives_its_form() -> None:
    values = form_values(FULL)
    asked = ("education", "place", "wishes", "hours", "pay", "skills", "trainings", "ability")
    found = change_values(values, {}, asked)
    assert found == {
        "education": "70", "district": "321111", "street": "321111003", "wishes": [{"words": "焊工"}], "hours": "白天",
        "pay": {"floor_fen": 20_000, "unit": "day"}, "skills": ["电焊"], "trainings": ["叉车"], "ability": "会仰焊",
    }  # fmt: skip
    assert change_values({"willing": "no"}, {"forms": ["project"]}, ("willing", "forms")) == {
        "willing": False, "forms": ["project"],
    }  # fmt: skip
    assert change_values({"pay": "很多"}, {}, ("pay",)) == {"pay": {"floor_fen": 0, "unit": ""}}
    assert set(QUESTIONS) >= NONE_IS_AN_ANSWER
    assert all(f"ask.{name}" in load_catalogue() for name in QUESTIONS)
