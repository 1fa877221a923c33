"""The number of a start (W3, D2)."""

from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from edge.epoch import EPOCH_FILE, next_start, stored_epoch

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
MS = int(NOW.timestamp() * 1000)


def test_the_first_epoch_is_the_time_in_ms_and_it_is_stored(tmp_path: Path) -> None:
    start = next_start(tmp_path, NOW)
    assert start.epoch == MS == stored_epoch(tmp_path)


def test_the_epoch_grows_although_the_clock_went_back(tmp_path: Path) -> None:
    next_start(tmp_path, NOW)
    assert next_start(tmp_path, datetime(2020, 1, 1, tzinfo=UTC)).epoch == MS + 1


def test_every_start_has_its_own_boot_id(tmp_path: Path) -> None:
    assert next_start(tmp_path, NOW).boot != next_start(tmp_path, NOW).boot


@given(st.binary(max_size=60))
def test_no_content_of_the_file_stops_a_start(tmp_path_factory: object, content: bytes) -> None:
    folder = Path(tmp_path_factory.mktemp("epoch"))  # type: ignore[attr-defined]
    (folder / EPOCH_FILE).write_bytes(content)
    assert next_start(folder, NOW).epoch >= MS
