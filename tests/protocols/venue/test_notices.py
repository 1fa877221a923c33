"""Emergency notices: what a board may be, which one wins, what a screen's hash is of, what fits a line of letters."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from protocols.errors import DocumentError
from protocols.venue.content import Item, Manifest
from protocols.venue.notices import LIFTED, MAX_NOTICES, Notice, board_of, first_of, line_of

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
IDS = [f"0195f3c2-0000-7000-8000-{number:012d}" for number in range(MAX_NOTICES + 2)]


def notice(number: int = 1, **changes: Any) -> Notice:
    values: dict[str, Any] = {
        "id": IDS[number], "kind": "fire", "title": "发生火情 立即撤离", "text": "请走安全出口", "drill": False,
        "sound": False, "raised_at": AT, "ends_at": AT + timedelta(minutes=30), "by": "staff:li",
    }  # fmt: skip
    return Notice(**(values | changes))


def manifest(*items: Item) -> Manifest:
    return Manifest(station="st-01", channel="notice", rev=1, issued_at=AT, valid_from=AT,
                    valid_to=AT + timedelta(days=1), items=list(items))  # fmt: skip


def item(name: str, data: dict[str, Any] | None) -> Item:
    return Item(id=name, kind="notice", seconds=1, valid_to=None, data=data)


def test_a_board_holds_notices_and_what_was_lifted() -> None:
    one = notice()
    board = board_of(manifest(item(one.id, one.to_object()), item(LIFTED, {"lifted": [{"id": IDS[2], "by": "li"}]})))
    assert board.notices == [one]
    assert [(lift.id, lift.by) for lift in board.lifted] == [(IDS[2], "li")]
    assert board_of(manifest(item(LIFTED, None))).lifted == []


@pytest.mark.parametrize(
    "changes",
    [
        {"title": ""},
        {"title": "火" * 21},
        {"title": "火\n情"},
        {"text": "走" * 121},
        {"kind": "party"},
        {"id": "1"},
        {"by": ""},
    ],
)
def test_a_board_with_something_else_is_none(changes: dict[str, Any]) -> None:
    with pytest.raises(DocumentError):
        board_of(manifest(item(IDS[0], notice().to_object() | changes)))
    with pytest.raises(DocumentError):
        board_of(manifest(item(IDS[0], None)))


def test_more_notices_than_a_station_holds_are_no_board() -> None:
    items = [item(name, notice(number).to_object()) for number, name in enumerate(IDS[: MAX_NOTICES + 1])]
    with pytest.raises(DocumentError):
        board_of(manifest(*items))


def test_real_wins_over_exercise_then_urgency_then_the_newer() -> None:
    drill = notice(1, drill=True)
    weather = notice(2, kind="weather")
    missing = notice(3, kind="missing")
    newer = notice(4, kind="missing", raised_at=AT + timedelta(seconds=1))
    assert first_of([]) is None
    assert first_of([drill, weather]) == weather
    assert first_of([weather, missing]) == missing
    assert first_of([missing, newer]) == newer
    assert first_of([newer, drill, missing, weather, notice(5)]) == notice(5)


def test_the_hash_is_of_the_words_and_of_the_mark() -> None:
    one, drill = notice(), notice(drill=True)
    assert one.content_hash == hashlib.sha256(f"{one.id}\n\n{one.title}\n{one.text}".encode()).hexdigest()
    assert drill.content_hash == hashlib.sha256(f"{one.id}\n演练\n{one.title}\n{one.text}".encode()).hexdigest()


@pytest.mark.parametrize(
    ("limit", "wanted"),
    [
        (100, "【演练】发生火情 立即撤离 请走安全出口"),
        (20, "【演练】发生火情 立即撤离 请走安全出口"),
        (15, "【演练】发生火情 立即撤离…"),
        (13, "【演练】发生火情 立即撤离"),
        (8, "【演练】发生火情"),
    ],
)
def test_a_line_of_letters_keeps_the_mark_and_the_title(limit: int, wanted: str) -> None:
    line = line_of(notice(drill=True), limit)
    assert len(line) <= limit
    assert line == wanted


def test_a_line_without_text_or_room() -> None:
    assert line_of(notice(text=""), 40) == "发生火情 立即撤离"
    with pytest.raises(DocumentError):
        line_of(notice(), 0)
