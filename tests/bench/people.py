"""People counted from pictures: what a detector finds in those that packages ship and in rendered walks; its cost.

`scripts/bench people --detector centernet` reads it from $YIZHAN_DETECTORS (docs/devices/README.md: how to make it).
"""

import argparse
import os
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from devices.cameras.counting import Counter, CountingSettings
from devices.cameras.detectors import Detector
from devices.cameras.eye import shared_eye
from devices.simulators.ipcm import annex_b, idr, picture_set, sequence
from devices.simulators.rtsp_camera import HEIGHT, WIDTH, rows_of
from tests.bench.edge import cpu_seconds, status_mb
from tests.bench.table import show
from tests.devices.cameras.rendered import Hall

Picture = NDArray[Any]

#: Picture of scikit-image or insightface -> people in it whose head and shoulders can be seen.
PICTURES: Final = {
    "astronaut.png": 1, "camera.png": 1, "t1.jpg": 6, "coffee.png": 0, "chelsea.png": 0, "motorcycle_left.png": 0,
    "rocket.jpg": 0, "hubble_deep_field.jpg": 0, "horse.png": 0, "text.png": 0, "coins.png": 0, "retina.jpg": 0,
    "brick.png": 0, "grass.png": 0, "page.png": 0, "moon.png": 0,
}  # fmt: skip
_STEP_S: Final = 0.5
_WALKS: Final = 12
_LOOKS: Final = 20


async def main(words: list[str]) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="scripts/bench people")
    parser.add_argument("--detector", default="centernet")
    options = parser.parse_args(words)
    detector = Detector(options.detector)
    _show_pictures(detector)
    _show_walks(detector)
    await _show_cost(options.detector)


def _show_pictures(detector: Detector) -> None:
    folders = [_folder("skimage", "data"), _folder("insightface", "data", "images")]
    rows, there, found, false = [], 0, 0, 0
    for name, people in PICTURES.items():
        picture = cv2.imread(str(next(one / name for one in folders if (one / name).exists())))
        assert picture is not None
        seen = len(detector.people(picture))  # type: ignore[arg-type]
        there, found, false = there + people, found + min(seen, people), false + max(0, seen - people)
        if people or seen:
            rows.append([name, str(people), str(seen)])
    empty = sum(not people for people in PICTURES.values())
    rows.append([f"all {len(PICTURES)}, {empty} of them without anybody", str(there), f"{found}, and {false} more"])
    show("people: pictures that packages ship", ["picture", "people", "found"], rows)


def _folder(package: str, *below: str) -> Path:
    """Return a folder of a package, which is not loaded for it."""
    found = find_spec(package)
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent.joinpath(*below)


def _show_walks(detector: Detector) -> None:
    """One walk each: so many people cross a rendered hall, downwards or upwards, twice a second a picture."""
    rows = []
    for count in (0, 1, 2, 3):
        counter = Counter(CountingSettings(line=((0.05, 0.62), (0.95, 0.62)), region=((0, 0), (1, 0), (1, 1), (0, 1))))
        errors, truth, pictures = [], [0, 0], 0
        for walk in range(_WALKS):
            down = walk % 2 == 0
            truth[0 if down else 1] += count
            for number, frame in enumerate(_walk(count, walk, down=down)):
                boxes = [(float(a), float(b), float(c), float(d)) for a, b, c, d, _ in detector.people(frame)]
                counter.see(boxes, walk * 60 + number * _STEP_S, frame.shape[1] / frame.shape[0])
                errors.append((counter.people or 0) - count)
                pictures += 1
        crossed = counter.crossed
        assert crossed is not None
        mean = sum(map(abs, errors)) / len(errors)
        right = sum(not one for one in errors)
        rows.append([str(count), f"{right} / {pictures}", f"{mean:.2f}", f"{truth[0]} in, {truth[1]} out",
                     f"{crossed[0]} in, {crossed[1]} out"])  # fmt: skip
    show(
        f"people: a photographed figure in a rendered hall, {_WALKS} walks each, a picture each {_STEP_S:g} s",
        ["people at once", "right number", "mean error", "crossed", "counted"], rows,
    )  # fmt: skip


def _walk(count: int, seed: int, *, down: bool) -> list[NDArray[np.uint8]]:
    figure = cv2.imread(str(_folder("skimage", "data") / "astronaut.png"))
    assert figure is not None
    figure = cv2.resize(figure[0:512, 60:380], (170, 272))
    hall, dice = Hall(seed % 5 + 1, clock=False), np.random.default_rng(seed)
    lanes = [200 + 300 * lane + int(dice.integers(-30, 30)) for lane in range(count)]
    frames = []
    for number in range(12):
        empty = cv2.resize(hall.picture(75_000 + number), (1280, 720), interpolation=cv2.INTER_CUBIC)
        frame = cv2.cvtColor(empty, cv2.COLOR_GRAY2BGR)
        share = number / 11 if down else 1 - number / 11
        for x in lanes:
            feet = int(300 + 400 * share)
            frame[feet - 272 : feet, x : x + 170] = figure
        noisy = np.clip(frame + dice.normal(0, 3, frame.shape), 0, 255).astype(np.uint8)
        frames.append(noisy)
    return frames


async def _show_cost(detector: str) -> None:
    key = annex_b(sequence(WIDTH, HEIGHT), picture_set(), idr(rows_of("hall", 0), 0))
    async with shared_eye() as eye:
        await eye.look("st-01/a", "h264", key)
        pid = eye.pid
        assert pid is not None
        before = status_mb(pid, "status", "VmRSS")
        mine = status_mb(os.getpid(), "status", "VmRSS")
        await eye.people("h264", key, (), detector)
        began, used = time.monotonic(), cpu_seconds(pid)
        for _ in range(_LOOKS):
            await eye.people("h264", key, (), detector)
        cpu_ms, wall_ms = (1000 * one / _LOOKS for one in (cpu_seconds(pid) - used, time.monotonic() - began))
        row = [f"{before:.0f}", f"{status_mb(pid, 'status', 'VmRSS'):.0f}", f"{cpu_ms:.0f}", f"{wall_ms:.0f}",
               f"{status_mb(os.getpid(), 'status', 'VmRSS') - mine:+.0f}"]  # fmt: skip
    load = os.getloadavg()
    show(
        "people: what counting costs", ["decoder MB before", "with the model", "CPU ms a picture", "ms a picture",
                                        "MB of who asks"],
        [row], [f"Load of the machine after: {load[0]:.1f}, {load[1]:.1f}, {load[2]:.1f}."],
    )  # fmt: skip
