"""What a site's own people say of a threshold, and what so few of them cannot say."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binomtest

from edge.faces.calibration import CalibrationRefused, Person, Rate, calibrate, people_for


def people(seed: int, count: int, frames: int = 5, own: float = 0.95) -> list[Person]:
    """Return people whose pictures have about the cosine own² with each other and 0.2 with others'."""
    random = np.random.default_rng(seed)

    def unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
        long: NDArray[np.float64] = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
        return long

    common = unit(random.standard_normal(64))
    made = []
    for number in range(count):
        looks = unit(np.sqrt(0.2) * common + np.sqrt(0.8) * unit(random.standard_normal(64)))
        noise = unit(random.standard_normal((frames, 64)))
        made.append(Person(f"p-{number}", unit(own * looks + np.sqrt(1 - own**2) * noise).astype(np.float32)))
    return made


@pytest.mark.parametrize(("count", "of"), [(0, 50), (1, 50), (3, 3_696), (237, 3_696), (49, 50), (50, 50)])
def test_the_interval_is_that_of_clopper_and_pearson(count: int, of: int) -> None:
    known = binomtest(count, of).proportion_ci(0.95, method="exact")
    assert (Rate(count, of).lower, Rate(count, of).upper) == pytest.approx((known.low, known.high), abs=1e-9)


def test_every_pair_of_people_counts_once_by_the_most_that_they_look_alike() -> None:
    made = people(1, 150, frames=3)  # more than a block
    made[70] = Person("p-70", made[70].pictures[:1])
    found = calibrate(made)
    best = [
        (float((one.pictures @ other.pictures.T).max()), one.id, other.id)
        for number, one in enumerate(made)
        for other in made[number + 1 :]
    ]
    assert found.pairs == len(best) == 150 * 149 // 2
    for number in (0, 20, 25, 40, 99):
        assert found.step(number).false_match.count == sum(score >= number / 100 for score, _, _ in best)
    assert [one.people for one in found.alike] == [(a, b) for _, a, b in sorted(best, reverse=True)[:5]]


def test_a_person_counts_once_by_his_worst_picture_and_with_one_picture_not_at_all() -> None:
    made = people(2, 20, frames=4)
    made[3] = Person("p-3", made[3].pictures[:1])
    lowest = []
    for one in made[:3] + made[4:]:
        others = [np.delete(one.pictures, n, axis=0) @ one.pictures[n] for n in range(4)]
        lowest.append(min(float(scores.max()) for scores in others))
    found = calibrate(made)
    for number in (50, 80, 88, 90, 95):
        rate = found.step(number).false_non_match
        assert (rate.count, rate.of) == (sum(score < number / 100 for score in lowest), 19)


def test_the_threshold_is_the_lowest_whose_upper_limit_is_low_enough() -> None:
    found = calibrate(people(3, 120))
    step = found.threshold_for(0.005)
    number = round(step.threshold * 100)
    assert step.false_match.upper <= 0.005 < found.step(number - 1).false_match.upper
    assert found.threshold_for(0.001).threshold > step.threshold


def test_so_few_pairs_claim_nothing_they_cannot_show() -> None:
    found = calibrate(people(4, 30))
    assert found.pairs == 435
    with pytest.raises(CalibrationRefused, match=r"435 pairs .* about 87 people"):
        found.threshold_for(0.001)
    assert found.finest > 3 / found.pairs
    assert found.threshold_for(found.finest).false_match.count == 0


@pytest.mark.parametrize("wanted", [0.1, 0.01, 0.001, 0.0001])
def test_as_many_people_as_it_says_are_enough_and_one_less_are_not(wanted: float) -> None:
    enough = people_for(wanted)
    assert Rate(0, enough * (enough - 1) // 2).upper <= wanted < Rate(0, (enough - 1) * (enough - 2) // 2).upper


def test_one_person_under_two_ids_is_named_and_no_threshold_is_claimed() -> None:
    made = people(5, 60)
    made.append(Person("p-again", made[7].pictures))
    found = calibrate(made)
    assert found.alike[0].people == ("p-7", "p-again")
    assert found.alike[0].score == pytest.approx(1, abs=1e-5)
    # That one pair passes every threshold short of 1.00 and costs what one of 1,830 costs.
    assert found.step(99).false_match.count == 1


@pytest.mark.parametrize("count", [0, 1])
def test_without_a_pair_there_is_nothing_to_say(count: int) -> None:
    with pytest.raises(CalibrationRefused, match="first pair"):
        calibrate(people(6, count))


def test_of_very_many_people_some_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.faces.calibration.MAX_PEOPLE", 40)
    found = calibrate(people(7, 100, frames=2))
    assert (found.people, found.pairs) == (40, 780)
