"""Who went over a line, from boxes of people in pictures that follow each other. Pure; positions are shares of one.

A person is where his feet are: the middle of the lower side of the box. Boxes of one picture are given to the tracks of
the ones before by the shortest way from where each should be by now, in heights of its box. A person counts when his
feet, seen on one side of the line by more than a margin, are seen on the other side by more than a margin, and the way
between goes through the line and not past its ends. Who goes to and fro on the line is not counted.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final

Point = tuple[float, float]
#: (left, top, right, bottom), shares of the width and the height of the picture.
Box = tuple[float, float, float, float]

#: How far somebody may be from where he should be, in heights of his box: a detector's boxes tremble, people walk
#: 1.4 m/s, less than a height a second, and those whose way is known go on in it.
REACH_HEIGHTS: Final = 0.25
REACH_HEIGHTS_A_SECOND: Final = 0.8
REACH_HEIGHTS_A_SECOND_ON_THE_WAY: Final = 0.5
#: Who was not seen for so long is another person when he comes back.
LOST_S: Final = 3.0
#: On the line is on neither side: within this share of the height of the box.
MARGIN_HEIGHTS: Final = 0.08
#: Pictures in which somebody was seen before he counts; one alone may be a coat.
SEEN_TIMES: Final = 2
MAX_TRACKS: Final = 200


@dataclass(slots=True)
class Track:
    """One person: where the feet are (x in heights of the picture), how fast, and on which side of the line last."""

    feet: Point
    height: float
    at_s: float
    speed: Point = (0.0, 0.0)
    seen: int = 1
    side: int = 0
    decided_at: Point = (0.0, 0.0)

    def expected(self, at_s: float) -> Point:
        """Return where the feet should be."""
        passed_s = at_s - self.at_s
        return self.feet[0] + self.speed[0] * passed_s, self.feet[1] + self.speed[1] * passed_s

    def move(self, feet: Point, height: float, at_s: float) -> None:
        """Take where the person is now."""
        passed_s = max(0.001, at_s - self.at_s)
        now = (feet[0] - self.feet[0]) / passed_s, (feet[1] - self.feet[1]) / passed_s
        share = 1.0 if self.seen == 1 else 0.5
        self.speed = (
            self.speed[0] + share * (now[0] - self.speed[0]), self.speed[1] + share * (now[1] - self.speed[1]),
        )  # fmt: skip
        self.feet, self.height, self.at_s, self.seen = feet, height, at_s, self.seen + 1


@dataclass(slots=True)
class Line:
    """Counts who crosses the way from `begin` to `end` from its left to its right (in), and back; y grows downwards."""

    begin: Point
    end: Point
    entered: int = 0
    left: int = 0
    _tracks: list[Track] = field(default_factory=list)

    def see(self, boxes: Sequence[Box], at_s: float, aspect: float) -> None:
        """Take the people of one picture; `aspect` is its width by its height, `at_s` grows."""
        self._tracks = [track for track in self._tracks if at_s - track.at_s <= LOST_S]
        waiting = [(_feet(box, aspect), box[3] - box[1]) for box in boxes[:MAX_TRACKS]]
        pairs = _pairs(self._tracks, waiting, at_s)
        for track, number in pairs:
            track.move(*waiting[number], at_s)
            self._judge(track, aspect)
        known = {number for _, number in pairs}
        for number, (feet, height) in enumerate(waiting):
            if number not in known and len(self._tracks) < MAX_TRACKS:
                self._tracks.append(Track(feet, height, at_s))
                self._judge(self._tracks[-1], aspect)

    def _judge(self, track: Track, aspect: float) -> None:
        begin, end = (self.begin[0] * aspect, self.begin[1]), (self.end[0] * aspect, self.end[1])
        away = _turn(begin, end, track.feet) / max(math.dist(begin, end), 1e-9)
        if abs(away) < MARGIN_HEIGHTS * track.height:
            return
        side, before = (1 if away > 0 else -1), track.side
        if before and before != side and track.seen >= SEEN_TIMES and _meet(track.decided_at, track.feet, begin, end):
            self.entered += side > 0
            self.left += side < 0
        track.side, track.decided_at = side, track.feet


def _feet(box: Box, aspect: float) -> Point:
    return (box[0] + box[2]) / 2 * aspect, box[3]


def _pairs(tracks: Sequence[Track], waiting: Sequence[tuple[Point, float]], at_s: float) -> list[tuple[Track, int]]:
    """Return which track has which box now: the shortest ways first, each track and each box once."""
    ways = []
    for number, other in product(range(len(tracks)), range(len(waiting))):
        track, (feet, height) = tracks[number], waiting[other]
        tall = max(track.height, height, 0.01)
        way = math.dist(track.expected(at_s), feet) / tall
        a_second = REACH_HEIGHTS_A_SECOND if track.seen == 1 else REACH_HEIGHTS_A_SECOND_ON_THE_WAY
        if way <= REACH_HEIGHTS + a_second * (at_s - track.at_s):
            ways.append((way, number, other))
    found, used_tracks, used_boxes = [], set(), set()
    for _, number, other in sorted(ways):
        if number not in used_tracks and other not in used_boxes:
            used_tracks.add(number)
            used_boxes.add(other)
            found.append((tracks[number], other))
    return found


def _turn(begin: Point, end: Point, point: Point) -> float:
    """Return twice the area of a triangle: positive when a point lies to the right of the way, as y grows downwards."""
    return (end[0] - begin[0]) * (point[1] - begin[1]) - (end[1] - begin[1]) * (point[0] - begin[0])


def _meet(one: Point, other: Point, begin: Point, end: Point) -> bool:
    """Return whether the way from `one` to `other` goes between the ends of the line."""
    return _turn(one, other, begin) * _turn(one, other, end) <= 0


def inside(point: Point, polygon: Sequence[Point]) -> bool:
    """Return whether a point lies in a polygon, by the crossings of a ray to the right."""
    x, y = point
    found = False
    for (ax, ay), (bx, by) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
            found = not found
    return found


def people_in(boxes: Sequence[Box], region: Sequence[Point]) -> int:
    """Return how many have their feet in a region; one without corners is the whole picture."""
    if not region:
        return len(boxes)
    return sum(inside(((box[0] + box[2]) / 2, min(box[3], 0.999)), region) for box in boxes)
