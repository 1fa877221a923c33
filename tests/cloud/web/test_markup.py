"""Pieces that are written as text: what is said there is escaped, and the same piece is made once."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cloud.web.markup import SHOWN_ALWAYS, Pieces
from cloud.web.views.strip import build_strip, empty_strip
from cloud.web.views.today import RecentDay, RecentStation
from firmware_profiles.ui.catalogue import load_catalogue

DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


def pieces() -> Pieces:
    return Pieces(load_catalogue(), "/static/icons.svg")


def result(*parts: tuple[str, str, str]) -> dict[str, Any]:
    """Return an opening result with the stretches (from, to, state), times of the day."""
    segments = [
        {"from": f"{DAY}T{start}:00+08:00", "to": f"{DAY}T{end}:00+08:00", "state": state}
        for start, end, state in parts
    ]
    return {"day": str(DAY), "verdict": "violation", "segments": segments}


def test_a_bar_says_of_every_stretch_when_it_was_and_what() -> None:
    strip = build_strip(result(("09:00", "09:20", "closed"), ("09:20", "17:00", "open")), NOON)
    text = pieces().strip_bar(strip, "市场")
    assert re.findall(r'<rect class="(\w+)" x="([\d.]+)%" y="(\d+)"', text) == [
        ("closed", "0.0", "7"), ("open", "4.1667", "0"), ("future", "37.5", "0"),
    ]  # fmt: skip
    assert f"<title>09:00–09:20 {load_catalogue()('strip.closed')} 20 分</title>" in text
    assert text.count('class="now"') == 1


def test_a_label_cannot_leave_its_attribute() -> None:
    text = pieces().strip_bar(empty_strip(DAY), '"><script>alert(1)</script>')
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_a_table_has_a_row_for_every_stretch() -> None:
    strip = build_strip(result(("09:00", "12:00", "open"), ("12:00", "17:00", "unknown")), NOON + timedelta(hours=8))
    assert pieces().strip_table(strip).count("<tr>") == 2


def test_cells_of_the_last_days_name_day_and_verdict_and_the_older_ones_go_first() -> None:
    days = tuple(RecentDay(DAY + timedelta(days=one), "compliant") for one in range(14))
    text = pieces().recent_cells(RecentStation('st"1', "市场", days))
    assert text.count('<td class="d compliant extra">') == 14 - SHOWN_ALWAYS
    assert text.count('<td class="d compliant">') == SHOWN_ALWAYS
    assert 'href="/venues/st&#34;1?day=2026-03-15#calendar"' in text
    assert "3月2日 星期一" in text


def test_the_same_piece_is_made_once() -> None:
    made = pieces()
    strip = build_strip(result(("09:00", "17:00", "open")), NOON)
    assert made.strip_bar(strip, "市场") is made.strip_bar(strip, "市场")
    assert made.strip_bar(strip, "驿站") is not made.strip_bar(strip, "市场")
