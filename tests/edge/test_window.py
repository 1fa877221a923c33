"""What may be sent when (W8, D10)."""

from hypothesis import given
from hypothesis import strategies as st

from edge.window import BACKLOG_ACK_S, MAX_RANGES, MIN_BACKLOG_EVENTS, RETRY_S, Pace, Window


def session(upto: int, last: int, credit: int = 4) -> Window:
    window = Window(credit)
    window.begin(upto, last, 0.0)
    return window


def test_the_backlog_keeps_one_credit_free_for_live_events() -> None:
    window = session(0, 5_000)
    flights = []
    while (wanted := window.next_backlog()) is not None:
        flights.append(window.sent_backlog(wanted[0], wanted[0] + 499, 0.0))
    assert len(flights) == 3
    assert window.may_send_live()


def test_live_batches_that_overtake_wait_only_for_the_broker_and_one_at_a_time() -> None:
    window = session(0, 5_000)
    first = window.sent_live(5_001, 5_010, 1.0)
    assert not window.may_send_live()
    window.arrived(first)
    assert window.may_send_live()


def test_without_a_hole_live_batches_wait_for_acks() -> None:
    window = session(0, 0)
    for number in range(1, 5):
        window.arrived(window.sent_live(number, number, 0.0))
    assert not window.may_send_live()
    window.ack(1, 0.1)
    assert window.may_send_live()


def test_what_is_not_acked_in_time_is_sent_again_with_growing_patience() -> None:
    window = session(0, 0)
    window.arrived(window.sent_live(1, 10, 0.0))
    now = 0.0
    for patience in (*RETRY_S, RETRY_S[-1]):
        assert not window.retry(now + patience - 0.01)
        now += patience
        assert window.retry(now)
        assert window.next_backlog() == (1, 10)
        window.arrived(window.sent_backlog(1, 10, now))
    window.ack(10, now)
    assert window.deadline() is None


def test_progress_starts_the_patience_anew() -> None:
    window = session(0, 0)
    for number in (1, 2):
        window.arrived(window.sent_live(number, number, 0.0))
    window.ack(1, 9.0)
    assert not window.retry(10.0)
    assert window.deadline() == 9.0 + RETRY_S[0]


def test_a_resend_leaves_out_what_is_under_way() -> None:
    window = session(0, 1_000)
    window.sent_backlog(1, 500, 0.0)
    window.resend(1, 1_000)
    assert window.next_backlog() == (501, 1_000)


def test_a_resend_of_acked_events_goes_before_the_rest() -> None:
    window = session(500, 1_000)
    window.resend(100, 120)
    assert window.next_backlog() == (100, 120)
    window.sent_backlog(100, 120, 0.0)
    assert window.next_backlog() == (501, 1_000)


@given(st.lists(st.tuples(st.integers(1, 300), st.integers(0, 50)), max_size=80))
def test_any_resends_stay_bounded_and_disjoint(wishes: list[tuple[int, int]]) -> None:
    window = session(200, 300)
    for first, length in wishes:
        window.resend(first, first + length)
    assert len(window._ranges) <= MAX_RANGES
    numbers = [number for first, last in window._ranges for number in range(first, last + 1)]
    assert len(numbers) == len(set(numbers))
    assert set(range(201, 301)) <= set(numbers)
    assert max(numbers) <= 300


@given(st.integers(0, 50), st.integers(0, 50), st.data())
def test_every_event_is_acked_in_the_end_whatever_gets_lost(upto: int, more: int, data: st.DataObject) -> None:
    last = upto + more
    window = session(upto, last, credit=2)
    arrived: set[int] = set(range(1, upto + 1))
    now = 0.0
    for step in range(400):
        wanted = window.next_backlog()
        if wanted is not None:
            end = min(wanted[1], wanted[0] + 4)
            flight = window.sent_backlog(wanted[0], end, now)
            window.arrived(flight)
            if step > 100 or data.draw(st.booleans()):
                arrived |= set(range(wanted[0], end + 1))
        mark = window.acked
        while mark + 1 in arrived:
            mark += 1
        if mark > window.acked:
            window.ack(mark, now)
        if window.acked == last:
            break
        now += 100.0
        window.retry(now)
    assert window.acked == last


def test_old_events_go_in_whole_batches_while_the_cloud_acks_at_once() -> None:
    pace = Pace(500)
    for _ in range(20):
        pace.acked(0.01)
    assert pace.events == 500


def test_old_events_go_in_small_batches_while_acks_are_slow_and_never_in_none() -> None:
    pace = Pace(500)
    for _ in range(20):
        pace.acked(3.0)
    assert pace.events == MIN_BACKLOG_EVENTS


@given(st.integers(min_value=1, max_value=60), st.floats(min_value=2_000, max_value=100_000))
def test_what_forty_stations_have_under_way_settles_at_the_wanted_delay(stations: int, per_s: float) -> None:
    """The cloud takes `per_s` events, all stations have three batches under way and see the same delay."""
    pace = Pace(500)
    for _ in range(60):
        pace.acked(stations * 3 * pace.events / per_s)
    delay_s = stations * 3 * pace.events / per_s
    bounded = pace.events in {500, MIN_BACKLOG_EVENTS}
    assert bounded or abs(delay_s - BACKLOG_ACK_S) < BACKLOG_ACK_S / 4
