"""Each gate on a picture that it must not let through, and on one that it must."""

import numpy as np
import pytest

from edge.faces.recogniser.gates import GATES, Limits, box_of, judge
from edge.faces.terms import REASONS
from provisioning.facepack.models import Face, Picture

#: Eyes, nose and corners of the mouth of a face whose box is 100 x 100, seen from the front.
FRONT = np.array([[30, 40], [70, 40], [50, 62], [35, 80], [65, 80]], np.float32)


def face(side: float = 150, left: float = 245, top: float = 165, nose: float = 0.0, tilt: float = 0.0) -> Face:
    """Return a face; `nose` is how far it stands aside in distances of the eyes, `tilt` in degrees."""
    points = FRONT + np.array([[0, 0], [0, 0], [40 * nose, 0], [0, 0], [0, 0]], np.float32)
    sine, cosine = np.sin(np.radians(tilt)), np.cos(np.radians(tilt))
    points = (points - 50) @ np.array([[cosine, sine], [-sine, cosine]]) + 50
    placed = (points * side / 100 + (left, top)).astype(np.float32)
    return Face((left, top, left + side, top + side), 0.9, placed)


def picture(light: float = 128, contrast: float = 60) -> Picture:
    """Return 640 x 480 points of noise."""
    dice = np.random.default_rng(3)
    noise = dice.normal(light, contrast, (480, 640, 1)).clip(0, 255).astype(np.uint8)
    return np.repeat(noise, 3, axis=2)


@pytest.mark.parametrize(
    ("reason", "seen", "faces"),
    [
        ("nobody", picture(), []),
        ("good", picture(), [face()]),
        ("two_faces", picture(), [face(), face(120, left=20)]),
        ("good", picture(), [face(), face(60, left=20)]),
        ("too_far", picture(), [face(90)]),
        ("good", picture(), [face(100)]),
        ("too_near", picture(), [face(400, left=100, top=40)]),
        ("too_near", picture(), [face(150, left=-60)]),
        ("good", picture(), [face(150, left=-30)]),
        ("dark", picture(30, 15), [face()]),
        ("bright", picture(240, 10), [face()]),
        ("blurred", picture(128, 1), [face()]),
        ("turned", picture(), [face(nose=0.2)]),
        ("turned", picture(), [face(nose=-0.2)]),
        ("turned", picture(), [face(tilt=30)]),
        ("good", picture(), [face(nose=0.1, tilt=-15)]),
        ("two_faces", picture(30, 15), [face(90, nose=0.3), face(80, left=20)]),
        ("too_far", picture(30, 15), [face(90, nose=0.3)]),
    ],
)
def test_a_gate_says_what_the_person_can_do_first(reason: str, seen: Picture, faces: list[Face]) -> None:
    verdict = judge(seen, faces, Limits())
    assert verdict.reason == reason
    assert (verdict.face is None) == (not faces)


def test_who_was_asked_to_turn_may_be_turned_and_nothing_else() -> None:
    assert judge(picture(), [face(nose=0.4)], Limits(), turning=True).reason == "good"
    assert judge(picture(30, 15), [face(nose=0.4)], Limits(), turning=True).reason == "dark"


def test_every_gate_has_a_reason_of_the_list_and_every_limit_closes_one() -> None:
    assert {name for name, _ in GATES} == {"nobody", "two_faces", "too_far", "too_near", "dark", "bright", "blurred",
                                           "turned"}  # fmt: skip
    assert {name for name, _ in GATES} < set(REASONS)


def test_a_box_is_told_in_thousandths_and_ends_where_the_picture_ends() -> None:
    assert box_of(face(64, left=64, top=48), 640, 480) == (100, 100, 100, 133)
    assert box_of(face(100, left=-50, top=430), 640, 480) == (0, 896, 78, 104)
