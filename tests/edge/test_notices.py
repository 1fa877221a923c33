"""The station's emergency notices: the cloud's board, its own, the clock, a restart, the events, screens of letters."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from devices.errors import DeviceLost
from edge.author import Author
from edge.content import Contents
from edge.errors import NoticeRefused
from edge.host import Running
from edge.notices.desk import Notices, Seen, Wish, watch_board
from edge.notices.held import MAX_OVER, NOTICES_FILE
from edge.notices.texts import Texts
from edge.recorder import Recorder
from edge.timekeeping import Timekeeper
from firmware_profiles.schema import CommandSpec, Value
from protocols.venue.content import Item, Manifest
from protocols.venue.notices import CHANNEL, LIFTED, MAX_MINUTES, MAX_NOTICES, Notice
from protocols.venue.vocabulary import Kind
from provisioning.clock import SystemClock
from provisioning.signing import public_text
from tests.edge.stations import KEY, START, STATION, data_of, outbox, signed, types_in
from tests.waiting import until

SCREENS: Mapping[str, Kind] = {"wall": "wall", "kiosk-1": "kiosk"}
IDS = [f"0195f3c2-0000-7000-8000-{number:012d}" for number in range(100)]
WISH = Wish(kind="fire", title="发生火情", text="请撤离", minutes=30)


class Times:
    """A monotonic clock that a test moves."""

    now_s = 1_000.0

    def __call__(self) -> float:
        """Return the seconds."""
        return self.now_s


@pytest.fixture
async def records(tmp_path: Path) -> AsyncIterator[Recorder]:
    async with outbox(tmp_path) as box:
        timekeeper = Timekeeper(SystemClock(), kernel=lambda: True)
        yield Recorder(Author(STATION, START, timekeeper), box)


def distrust(records: Recorder) -> None:
    """Have the station's clock be believed no longer."""
    records.author.timekeeper._ask_kernel = lambda: False
    records.author.timekeeper._kernel = (-1e9, False)


def notice(number: int = 1, **changes: Any) -> Notice:
    now = datetime.now(UTC).replace(microsecond=0)  # the wire carries milliseconds
    values: dict[str, Any] = {
        "id": IDS[number], "kind": "weather", "title": "极端天气", "text": "", "drill": False, "sound": False,
        "raised_at": now, "ends_at": now + timedelta(minutes=30), "by": "staff:li",
    }  # fmt: skip
    return Notice(**(values | changes))


def board(*notices: Notice, rev: int = 1, lifted: tuple[str, ...] = (), issued_at: datetime | None = None) -> Manifest:
    now = issued_at or datetime.now(UTC)
    items = [Item(id=one.id, kind="notice", seconds=1, valid_to=None, data=one.to_object()) for one in notices]
    lifts = [{"id": one, "by": "staff:li"} for one in lifted]
    items.append(Item(id=LIFTED, kind="page", seconds=1, valid_to=None, data={"lifted": lifts}))
    return Manifest(station=STATION, channel=CHANNEL, rev=rev, issued_at=now, valid_from=now,
                    valid_to=now + timedelta(days=30), items=items)  # fmt: skip


async def look(notices: Notices) -> None:
    """Have a desk look at its clock and tell what happened, once."""
    task = asyncio.create_task(notices.run())
    await asyncio.sleep(0.7)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_the_cloud_raises_and_takes_back(records: Recorder, tmp_path: Path) -> None:
    contents = Contents(STATION, tmp_path, {"content-1": public_text(KEY)}, SystemClock())
    desk = Notices(tmp_path, records, SCREENS)
    contents.watch(watch_board(desk, contents.held))
    one = notice()
    await contents.take(CHANNEL, signed(board(one)), records)
    assert desk.current == one
    await contents.take("wall", signed(board(rev=2)), records)  # another channel's name: refused, nothing is lifted
    assert desk.current == one
    await look(desk)
    await contents.take(CHANNEL, signed(board(rev=2)), records)
    assert desk.in_force() == []
    await look(desk)
    told = [data_of(row.text) for row in await records.outbox.drain("evidence", 0, 10)]
    assert [(one.get("origin"), one.get("reason"), one.get("by")) for one in told] == [
        ("cloud", None, "staff:li"), (None, "lifted", "cloud"),
    ]  # fmt: skip


async def test_a_board_that_is_none_changes_nothing(records: Recorder, tmp_path: Path) -> None:
    desk = Notices(tmp_path, records, SCREENS)
    desk.take(board(notice()))
    bad = board(rev=2).model_copy(
        update={"items": [Item(id="x", kind="notice", seconds=1, valid_to=None, data={"id": "x"})]}
    )
    desk.take(bad)
    desk.take(None)
    assert desk.current is not None


async def test_a_real_one_covers_an_exercise_and_the_next_one_follows(records: Recorder, tmp_path: Path) -> None:
    desk = Notices(tmp_path, records, SCREENS)
    drill = notice(1, kind="fire", drill=True)
    desk.take(board(drill))
    own = await desk.raise_here(Wish(kind="failure", title="系统故障", text="", minutes=5), "hall:pin")
    assert desk.current == own
    await desk.lift_here(own.id, "hall:pin")
    assert desk.current == drill
    with pytest.raises(NoticeRefused):
        await desk.lift_here(own.id, "hall:pin")


async def test_what_the_station_lifted_stays_lifted_while_the_board_still_has_it(
    records: Recorder, tmp_path: Path
) -> None:
    desk, one = Notices(tmp_path, records, SCREENS), notice()
    desk.take(board(one))
    await desk.lift_here(one.id, "hall:pin")
    desk.take(board(one, rev=2))
    assert desk.current is None
    again = Notices(tmp_path, records, SCREENS)
    again.take(board(one, rev=3))
    assert again.current is None


async def test_the_cloud_takes_back_what_the_station_raised(records: Recorder, tmp_path: Path) -> None:
    desk = Notices(tmp_path, records, SCREENS)
    own = await desk.raise_here(WISH, "hall:pin")
    desk.take(board(lifted=(own.id, IDS[7])))
    assert desk.current is None


async def test_changed_words_need_a_new_word_of_the_screens(records: Recorder, tmp_path: Path) -> None:
    desk, one = Notices(tmp_path, records, SCREENS), notice()
    desk.take(board(one))
    assert await desk.acknowledge("wall", one.id, one.content_hash, Seen("page", 1920, 1080))
    changed = one.model_copy(update={"text": "请留在室内"})
    desk.take(board(changed, rev=2))
    assert desk.status()[0]["waiting"] == ["kiosk-1", "wall"]
    assert not await desk.acknowledge("wall", one.id, one.content_hash, Seen("page"))
    assert await desk.acknowledge("wall", one.id, changed.content_hash, Seen("page"))
    assert await desk.acknowledge("wall", one.id, changed.content_hash, Seen("page"))
    assert not await desk.acknowledge("wall", IDS[9], changed.content_hash, Seen("page"))
    assert (await types_in(records.outbox, "evidence")).count("wall.notice.shown") == 2


async def test_it_ends_at_its_time_and_what_is_over_is_not_taken(records: Recorder, tmp_path: Path) -> None:
    desk, now = Notices(tmp_path, records, SCREENS), datetime.now(UTC)
    desk.take(board(notice(1, ends_at=now + timedelta(seconds=0.3)), notice(2, ends_at=now - timedelta(seconds=1))))
    assert [one.notice.id for one in desk.in_force()] == [IDS[1]]
    await look(desk)
    assert desk.current is None
    ended = [data_of(row.text) for row in await records.outbox.drain("evidence", 0, 10)][-1]
    assert (ended["reason"], ended["by"]) == ("expired", "agent")


async def test_without_a_clock_it_lasts_as_long_as_was_left_when_it_was_issued(
    records: Recorder, tmp_path: Path
) -> None:
    distrust(records)
    times, long_ago = Times(), datetime(2000, 1, 1, tzinfo=UTC)
    one = notice(raised_at=long_ago, ends_at=long_ago + timedelta(minutes=10))
    desk = Notices(tmp_path, records, SCREENS, times)
    desk.take(board(one, issued_at=long_ago + timedelta(minutes=4)))
    assert desk.status()[0]["left_s"] == 360
    times.now_s += 300
    await look(desk)
    assert desk.status()[0]["left_s"] == 60
    later = Times()  # a restart: the time that it took is not known, what was left is
    again = Notices(tmp_path, records, SCREENS, later)
    again.take(board(one, issued_at=long_ago + timedelta(minutes=4)))
    assert again.status()[0]["left_s"] == 60
    later.now_s += 61
    await look(again)
    assert again.current is None


async def test_a_restart_keeps_all_and_tells_nothing_twice(records: Recorder, tmp_path: Path) -> None:
    desk = Notices(tmp_path, records, SCREENS)
    own = await desk.raise_here(WISH, "hall:pin")
    await desk.acknowledge("wall", own.id, own.content_hash, Seen("page"))
    await look(desk)
    again = Notices(tmp_path, records, SCREENS)
    assert again.current == own
    assert again.status()[0]["shown"] == ["wall"]
    await look(again)
    assert (await types_in(records.outbox, "evidence")).count("agent.notice.raised") == 1


@pytest.mark.parametrize("damage", [b"{", b"[]", b'{"held": [{}]}', b'{"held": [{"notice": 1}]}', b'{"held": 5}'])
async def test_a_damaged_file_keeps_nobody_from_raising_one(records: Recorder, tmp_path: Path, damage: bytes) -> None:
    (tmp_path / NOTICES_FILE).write_bytes(damage)
    desk = Notices(tmp_path, records, SCREENS)
    assert (await desk.raise_here(WISH, "hall:pin")) == desk.current


async def test_bounds(records: Recorder, tmp_path: Path) -> None:
    desk = Notices(tmp_path, records, SCREENS)
    for minutes in (0, MAX_MINUTES + 1):
        with pytest.raises(NoticeRefused):
            await desk.raise_here(WISH.model_copy(update={"minutes": minutes}), "hall:pin")
    for _ in range(MAX_NOTICES):
        await desk.raise_here(WISH, "hall:pin")
    with pytest.raises(NoticeRefused):
        await desk.raise_here(WISH, "hall:pin")
    for number in range(MAX_OVER + 5):
        desk.take(board(notice(number), rev=number * 2))
        desk.take(board(rev=number * 2 + 1))
    await look(desk)
    assert len(Notices(tmp_path, records, SCREENS)._kept.over) == MAX_OVER


async def test_a_full_disk_keeps_nobody_from_reading_it(
    records: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("edge.notices.desk.save", full)
    desk = Notices(tmp_path, records, SCREENS)
    own = await desk.raise_here(WISH, "hall:pin")
    assert desk.current == own


class Letters:
    """A controller of letters; it is away until `there`."""

    kind: Kind = "wall"

    def __init__(self, **others: Value) -> None:
        args = {"text": Value(type="string", max_length=12), **others}
        self.spec = CommandSpec(args=args, timeout_s=1, idempotent=True)
        self.there = True
        self.lines: list[Mapping[str, Any]] = []

    def command_spec(self, name: str) -> CommandSpec | None:
        """Return what the command `text` takes."""
        return self.spec if name == "text" else None

    async def ready(self) -> None:
        """Return when it is there."""
        if not self.there:
            raise DeviceLost("the cable is out")

    async def command(self, name: str, args: Mapping[str, Any], running: Running) -> Mapping[str, Any]:
        """Take a line."""
        running.tell(name, 1, 1)
        self.lines.append(args)
        return {}

    async def settle(self, name: str, args: Mapping[str, Any], running: Running) -> Mapping[str, Any]:
        """Take it again: a line is a line."""
        return await self.command(name, args, running)


async def test_letters_show_it_are_tried_again_and_are_emptied(
    records: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.notices.texts.RETRY_S", 0.05)
    letters = Letters(colour=Value(type="string", default="red"), speed=Value(type="integer", required=False))
    needy = Letters(page=Value(type="integer"))
    desk = Notices(tmp_path, records, {"line-1": "wall", "line-2": "wall", "kiosk-1": "kiosk"})
    slots = {"line-1": letters, "line-2": needy, "kiosk-1": Plain()}
    task = asyncio.create_task(Texts(desk, slots).run())
    letters.there = False
    own = await desk.raise_here(WISH, "hall:pin")
    await until(lambda: said_so(records), "it is said that the controller is away")
    letters.there = True
    await until(lambda: desk.status()[0]["shown"] == ["line-1"], "the controller took it")
    assert letters.lines == [{"colour": "red", "text": "发生火情 请撤离"}]
    await desk.lift_here(own.id, "hall:pin")
    await until(lambda: len(letters.lines) == 2, "it is emptied")
    assert letters.lines[1]["text"] == ""
    assert needy.lines == []
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def said_so(records: Recorder) -> bool:
    return records.outbox.head("evidence").last >= 2


class Plain(Letters):
    """A slot without letters."""

    def command_spec(self, name: str) -> CommandSpec | None:
        """Return nothing, whatever is asked for."""
        return super().command_spec(f"no {name}")
