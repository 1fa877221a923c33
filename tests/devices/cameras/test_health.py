"""Freeze, black, defocus and a turned camera on rendered pictures: said within 30 s by day and night, else never."""

import pytest

from devices.cameras.figures import CELLS_X, CELLS_Y, MASKED, Measures
from devices.cameras.judge import BEGIN_PICTURES, Judge, Limits, Verdict, alike, step_of
from devices.cameras.measures import measure
from tests.devices.cameras.rendered import Hall, Wrong
from tests.devices.cameras.watching import day_and_night, taught

WITHIN_S = 30.0
#: What the camera has -> what is said.
WRONGS: dict[Wrong, str] = {"frozen": "frozen", "black": "black", "defocus": "defocus", "turned": "moved"}


@pytest.mark.parametrize("wrong", WRONGS)
@pytest.mark.parametrize("hour", [9.0, 12.5, 19.0, 23.0])
def test_each_fault_is_said_within_30_s_and_ends_within_30_s(wrong: Wrong, hour: float) -> None:
    watch = taught(hour)
    assert watch.verdict.state == "ok"
    after_s = watch.seconds_until(wrong, WRONGS[wrong])
    assert after_s is not None
    assert after_s <= WITHIN_S
    assert [name for _, name in watch.said] == [WRONGS[wrong]]  # and nothing else on the way
    ended_s = watch.seconds_until("", "ok")
    assert ended_s is not None
    assert ended_s <= WITHIN_S


@pytest.mark.parametrize("turn_px", [24, 40, 100])
def test_a_camera_is_turned_by_a_little_or_by_much(turn_px: int) -> None:
    watch = taught(15.0, seed=2)
    watch.hall.turn_px = turn_px
    after_s = watch.seconds_until("turned", "moved")
    assert after_s is not None
    assert after_s <= WITHIN_S


def test_an_hour_around_closing_says_nothing() -> None:
    watch = taught(19.8)
    watch.step_s = 12.0
    watch.look_for(2400)  # the lamps go out at 20:15
    assert watch.said == []
    assert watch.verdict.state == "ok"


@pytest.mark.deep
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_day_and_a_night_say_at_most_one_fault_that_is_none(seed: int) -> None:
    assert len(day_and_night(seed, 5.0).said) <= 1


def test_a_clock_in_the_picture_does_not_hide_a_freeze_and_people_do_not_make_one() -> None:
    hall = Hall()
    pictures = [hall.picture(36_000 + 5 * number) for number in range(3)]
    hall.wrong = "frozen"
    stuck = [hall.picture(36_020), hall.picture(36_025)]
    live = measure(pictures[2], pictures[1])
    frozen = measure(stuck[1], stuck[0])
    assert live.change is not None
    assert frozen.change is not None
    assert (live.change > 0.9, frozen.change < 0.05) == (True, True)
    assert not (stuck[0] == stuck[1]).all()  # the clock ran on


def test_masked_cells_say_nothing() -> None:
    picture = Hall().picture(40_000)
    import numpy as np  # noqa: PLC0415 - of this one test

    seen = np.ones((CELLS_Y, CELLS_X), np.bool_)
    seen[:, :16] = False
    found = measure(picture, Hall(seed=2).picture(40_000), seen)
    assert found.layout.count(MASKED) == 2 * CELLS_Y * 16
    nothing = measure(picture, picture, np.zeros_like(seen))
    assert (nothing.change, nothing.sharpness) == (None, None)
    assert set(nothing.layout) == {MASKED}


def numbers(**values: float | None) -> Measures:
    """Return measures of a grey picture that lives."""
    usual: dict[str, float | None] = {"brightness": 90.0, "highlight": 140.0, "change": 1.0, "noise": 1.0,
                                      "sharpness": 0.05, "doubt": 0.0002}  # fmt: skip
    layout = tuple(number * 37 % 200 for number in range(2 * CELLS_X * CELLS_Y))
    return Measures(**{**usual, **values}, layout=layout)  # type: ignore[arg-type]


def seen(judge: Judge, measures: Measures, times: int, *, dark_expected: bool = False) -> Verdict:
    for _ in range(times):
        verdict = judge.see(measures, dark_expected=dark_expected)
    return verdict


def test_a_dark_hall_at_night_is_no_fault_when_nobody_needs_light() -> None:
    judge = Judge()
    assert seen(judge, numbers(), 10).state == "ok"
    dark = numbers(brightness=2.0, highlight=4.0, change=None)
    assert seen(judge, dark, 10, dark_expected=True).state == "ok"
    assert seen(judge, dark, BEGIN_PICTURES - 1).state == "ok"
    assert seen(judge, dark, 1).state == "black"
    assert seen(judge, numbers(), 3).state == "ok"


def test_what_was_learned_survives_and_nonsense_is_left_out() -> None:
    judge = Judge()
    seen(judge, numbers(), 20)
    kept = judge.memory()
    again = Judge(Limits(), {**kept, "77": kept["6"], "x": kept["6"], "3": {"pictures": "many"}})
    assert again.memory() == kept
    assert seen(again, numbers(sharpness=0.001), 3).state == "defocus"  # known from the first picture on
    again.forget()
    assert seen(again, numbers(sharpness=0.001), 7).state == "ok"


def test_a_sharpness_that_noise_could_make_is_not_judged() -> None:
    judge = Judge()
    seen(judge, numbers(sharpness=0.002, doubt=0.001), 10)
    assert seen(judge, numbers(sharpness=0.0, doubt=0.001), 10) == Verdict("ok", None, 100)


def test_layouts_and_lights() -> None:
    assert alike([1, 2, 3], [2, 4, 6]) == pytest.approx(1)
    assert alike([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)
    assert (alike([-1, 5], [3, -1]), alike([4, 4], [1, 2])) == (0, 0)
    assert [step_of(level) for level in (0, 1, 15, 16, 95, 255)] == [0, 0, 3, 4, 6, 7]


@pytest.mark.parametrize("told", [{}, {"layout": [1, 2]}, {"layout": None}])
def test_what_is_no_measure_is_refused(told: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"no measures|layout"):
        Measures.of({"brightness": 1, "highlight": 1, "change": 1, "noise": 1, "sharpness": 1, "doubt": 1} | told)
