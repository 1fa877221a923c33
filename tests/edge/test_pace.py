"""Batches grow on a fast line and shrink on a slow one; bulk then goes one at a time."""

from edge.pace import FIRST_BYTES, LEAST_BYTES, Pace
from protocols.venue.events import MAX_BATCH_BYTES


def test_full_batches_on_a_fast_line_grow_to_the_largest_and_bulk_is_not_held_back() -> None:
    pace = Pace()
    for _ in range(8):
        pace.left("telemetry")
        pace.confirmed("telemetry", pace.batch_bytes, 0.02)
    assert pace.batch_bytes == MAX_BATCH_BYTES
    pace.left("telemetry")
    assert pace.may_send("telemetry")


def test_small_batches_say_nothing_about_a_line() -> None:
    pace = Pace()
    pace.left("evidence")
    pace.confirmed("evidence", 400, 0.02)
    assert pace.batch_bytes == FIRST_BYTES


def test_on_a_slow_line_batches_shrink_and_bulk_goes_one_at_a_time_while_evidence_does_not_wait() -> None:
    pace = Pace(MAX_BATCH_BYTES)
    for _ in range(8):
        pace.left("ops")
        pace.confirmed("ops", pace.batch_bytes, 16.0)
    assert pace.batch_bytes == LEAST_BYTES
    pace.left("telemetry")
    assert not pace.may_send("ops")
    assert pace.may_send("evidence")
    pace.confirmed("telemetry", LEAST_BYTES, 0.6)
    assert pace.may_send("ops")
