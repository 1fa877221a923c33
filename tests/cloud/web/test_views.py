"""The pure parts of the pages: strips, formats, forms, quotes."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.fleet.pages import in_tree, twin_rows
from cloud.fleet.service import StationSummary
from cloud.identity.login import next_of
from cloud.jobs.forms import fen, form_errors, yuan_text
from cloud.platform.errors import FieldError
from cloud.platform.notify.hub import Hub, Message
from cloud.web import sse
from cloud.web.formats import SHANGHAI, minutes, pay_range, yuan
from cloud.web.shell import ranges
from cloud.web.views.posts import cut_quote
from cloud.web.views.strip import build_strip, empty_strip
from firmware_profiles.ui.catalogue import load_catalogue

DAY = date(2026, 3, 2)
NINE = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)


def result(*parts: tuple[int, int, str], verdict: str = "compliant") -> dict[str, Any]:
    segments = [
        {
            "from": (NINE + timedelta(minutes=start)).isoformat(),
            "to": (NINE + timedelta(minutes=end)).isoformat(),
            "state": state,
        }
        for start, end, state in parts
    ]
    return {"day": DAY.isoformat(), "verdict": verdict, "segments": segments}


def at(minute: int) -> datetime:
    return (NINE + timedelta(minutes=minute)).astimezone(UTC)


def test_minutes_that_have_not_come_are_future_not_unknown() -> None:
    strip = build_strip(result((0, 100, "open"), (100, 480, "unknown"), verdict="unproven"), at(120))
    assert [(part.state, part.minutes) for part in strip.segments] == [("open", 100), ("unknown", 20), ("future", 360)]
    assert (strip.open, strip.unknown, strip.future, strip.judged) == (100, 20, 360, 120)
    assert strip.verdict == "running"
    assert strip.now == 25.0
    assert strip.current == "unknown"


def test_a_violation_stays_one_while_the_day_runs() -> None:
    assert (
        build_strip(result((0, 20, "closed"), (20, 480, "unknown"), verdict="violation"), at(30)).verdict == "violation"
    )


def test_a_day_that_is_over_shows_its_verdict_and_no_now() -> None:
    strip = build_strip(result((0, 480, "open")), at(480))
    assert (strip.verdict, strip.now, strip.future) == ("compliant", None, 0)
    assert [tick.label for tick in strip.ticks] == [f"{hour}:00" for hour in range(9, 18)]
    assert (strip.ticks[0].left, strip.ticks[-1].left) == (0.0, 100.0)


def test_a_day_without_required_minutes_has_an_empty_strip() -> None:
    assert build_strip(result(verdict="not_required"), at(0)).verdict == "not_required"
    assert empty_strip(DAY).current == "future"


@given(
    st.lists(st.sampled_from(["open", "closed", "unknown", "excused"]), min_size=1, max_size=8), st.integers(-60, 540)
)
def test_segments_cover_the_strip_without_holes(states: list[str], now: int) -> None:
    parts = [(index * 60, index * 60 + 60, state) for index, state in enumerate(states)]
    strip = build_strip(result(*parts), at(now))
    assert strip.segments[0].left == 0
    assert sum(part.width for part in strip.segments) == pytest.approx(100, abs=0.01)
    assert strip.judged + strip.future == 60 * len(states)


@pytest.mark.parametrize(("count", "text"), [(0, "0 分"), (59, "59 分"), (60, "1 小时"), (478, "7 小时 58 分")])
def test_minutes_are_told_in_hours(count: int, text: str) -> None:
    assert minutes(count) == text


def test_money_is_told_in_yuan() -> None:
    assert yuan(750_000) == "7,500"
    assert yuan(2_650) == "26.50"
    assert pay_range(18_000, 22_000) == "180–220"
    assert pay_range(2_600, 2_600) == "26"


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("7,500", 750_000), ("22.5", 2_250), ("0.01", 1), ("", None), ("-3", None), ("1e9", None), ("22.555", None)],
)
def test_yuan_as_typed_becomes_fen(typed: str, amount: int | None) -> None:
    assert fen(typed) == amount


@given(st.integers(1, 10**9))
def test_an_amount_survives_the_form(amount: int) -> None:
    assert fen(yuan_text(amount)) == amount


def test_errors_stand_at_the_field_of_the_form_in_words() -> None:
    found = form_errors(
        [
            FieldError("place.district", "missing", "请填写"),
            FieldError("pay.min_fen", "whole", "请写整数"),
            FieldError("pay.max_fen", "order", "最高薪酬不能低于最低薪酬"),
            FieldError("contact.phone", "phone", "电话号码格式不对"),
            FieldError("skills.0", "too_long", "内容太长，最多 40 个字"),
        ],
        load_catalogue(),
    )
    assert found == {
        "district": "请填写",
        "pay_min": "请写数字",
        "pay_max": "最高薪酬不能低于最低薪酬",
        "contact_phone": "电话号码格式不对",
        "skills": "内容太长，最多 40 个字",
    }


def test_a_quote_keeps_the_span_between_its_neighbours() -> None:
    text = "一" * 30 + "限男性" + "二" * 30
    before, span, after = cut_quote(text, (30, 33), around=5)
    assert (before, span, after) == ("…" + "一" * 5, "限男性", "二" * 5 + "…")
    assert cut_quote("限男性", (0, 3)) == ("", "限男性", "")


def test_ranges_are_short() -> None:
    assert ranges([[1, 1], [3, 9]]) == "1、3–9"
    assert ranges([[n, n] for n in range(5)]) == "0、1、2 等 5 段"


@pytest.mark.parametrize(
    ("target", "kept"),
    [("/posts?x=1", "/posts?x=1"), ("//evil.example", "/"), ("https://evil.example", "/"), ("/\\evil", "/"), ("", "/")],
)
def test_a_login_never_leads_to_another_site(target: str, kept: str) -> None:
    assert next_of(target) == kept


def test_stations_stand_below_their_parents_and_none_is_lost() -> None:
    def summary(name: str, parent: str | None) -> StationSummary:
        return StationSummary(name, name, "station", parent, True, "online", None, {}, 0)

    rows = in_tree([summary("b", "a"), summary("a", None), summary("c", "b"), summary("d", "gone")])
    assert [(row.id, depth) for row, depth in rows] == [("a", 0), ("b", 1), ("c", 2), ("d", 0)]


def test_the_twin_tells_same_pending_and_refused_apart() -> None:
    rows = twin_rows(
        {"wall": {"brightness": 60, "colour": "mauve", "volume": 3}},
        {"wall": {"values": {"brightness": 60, "volume": 2}, "rejected": {"colour": "unknown_field"}}},
        load_catalogue(),
    )
    assert [(row.field, row.state, row.reason) for row in rows] == [
        ("brightness", "same", ""),
        ("colour", "rejected", "没有这个参数"),
        ("volume", "pending", ""),
    ]


async def test_a_burst_of_news_becomes_one_event_per_part() -> None:
    hub = Hub()
    with hub.subscribe(*sse.TOPICS) as subscription:
        for _ in range(3):
            hub.publish("live", {"station": "a"})
        hub.publish("post", {"id": "p1", "state": "published"})
        sent = (await sse.next_bytes(subscription)).decode()
    assert sent.count("event: live-values-a\n") == 1
    assert sent.count("event: live-posts\n") == 1
    assert sent.count("id: 4\n") == sent.count("event: ")


def test_too_many_parts_or_missing_news_mean_everything() -> None:
    many = [Message(n, "live", {"station": f"s{n}"}) for n in range(sse.MAX_PARTS + 1)]
    assert sse.render_parts(many) == f"id: {sse.MAX_PARTS}\nevent: live-all\ndata: {sse.MAX_PARTS}\n\n".encode()
    assert b"event: live-all" in sse.render_parts([Message(9, "resync", {})])
