"""Batches grow on a fast line and shrink on a slow one; bulk then goes one at a time."""

from edge.line import FIRST_BYTES, LEAST_BYTES, Line
from protocols.venue.events import MAX_BATCH_BYTES


def test_full_batches_on_a_fast_line_grow_to_the_largest_and_bulk_is_not_held_back() -> None:
    line = Line()
    for _ in range(8):
        line.left("telemetry")
        line.confirmed("telemetry", line.batch_bytes, 0.02)
    assert line.batch_bytes == MAX_BATCH_BYTES
    line.left("telemetry")
    assert line.may_send("telemetry")


def test_small_batches_say_nothing_about_a_line() -> None:
    line = Line()
    line.left("evidence")
    line.confirmed("evidence", 400, 0.02)
    assert line.batch_bytes == FIRST_BYTES


def test_on_a_slow_line_batches_shrink_and_bulk_goes_one_at_a_time_while_evidence_does_not_wait() -> None:
    line = Line(MAX_BATCH_BYTES)
    for _ in range(8):
        line.left("ops")
        line.confirmed("ops", line.batch_bytes, 16.0)
    assert line.batch_bytes == LEAST_BYTES
    line.left("telemetry")
    assert not line.may_send("ops")
    assert line.may_send("evidence")
    line.confirmed("telemetry", LEAST_BYTES, 0.6)
    assert line.may_send("ops")
