"""The wall's mark: what it says, how long it holds, and that independent readers read it."""

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.watermark import MODULES, TOLERANCE_MINUTES, Watermark, code_of

CONTENT = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
NOW = datetime(2026, 3, 2, 1, 0, 30, tzinfo=UTC)


def picture(mark: Watermark, module_px: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    """Return the mark as a grey picture with its border of four light modules."""
    rows = np.array([[0 if dark == "1" else 255 for dark in row] for row in mark.modules()], dtype=np.uint8)
    return np.pad(rows, 4, constant_values=255).repeat(module_px, axis=0).repeat(module_px, axis=1)


def test_a_mark_is_written_and_read_back() -> None:
    mark = Watermark.of(CONTENT, NOW)
    assert mark.text == f"YZ9F86D081{int(NOW.timestamp() // 60) % (1 << 20):05X}"
    assert Watermark.parse(mark.text) == mark
    assert [len(row) for row in mark.modules()] == [MODULES] * MODULES


@pytest.mark.parametrize("text", ["", "YZ", "http://x", "yz9f86d08100000", "YZ9F86D0810000", "YZ9F86D081000000"])
def test_another_text_is_no_mark(text: str) -> None:
    assert Watermark.parse(text) is None


@pytest.mark.parametrize(("minutes", "holds"), [(0, True), (TOLERANCE_MINUTES, True), (TOLERANCE_MINUTES + 1, False)])
def test_a_mark_holds_for_some_minutes_either_way(minutes: int, *, holds: bool) -> None:
    mark = Watermark.of(CONTENT, NOW)
    for moment in (NOW + timedelta(minutes=minutes), NOW - timedelta(minutes=minutes)):
        assert mark.proves(CONTENT, moment) is holds
    assert not mark.proves("0" * 64, NOW)


@given(st.text(max_size=70), st.integers(0, 4_000_000_000))
def test_any_content_has_a_mark_that_proves_it(content: str, second: int) -> None:
    now = datetime.fromtimestamp(second, UTC)
    mark = Watermark.of(content, now)
    assert Watermark.parse(mark.text) == mark
    assert mark.proves(content, now)


def test_nothing_shown_has_a_code_of_its_own() -> None:
    assert code_of("") == code_of("no hash") == "00000000"


def test_opencv_reads_it() -> None:
    import cv2  # noqa: PLC0415 - large

    mark = Watermark.of(CONTENT, NOW)
    text, _, _ = cv2.QRCodeDetector().detectAndDecode(picture(mark, 4))
    assert text == mark.text


def test_zbar_reads_it(tmp_path: Path) -> None:
    if shutil.which("zbarimg") is None:
        pytest.skip("zbarimg is not installed")
    mark = Watermark.of(CONTENT, NOW)
    grey = picture(mark, 3)
    file = tmp_path / "mark.pgm"
    file.write_bytes(b"P5 %d %d 255\n" % grey.shape + grey.tobytes())
    run = subprocess.run(["zbarimg", "-q", "--raw", str(file)], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == mark.text
