"""Numbers at the station: never twice, with their event in one transaction; the board is followed, the hall calls."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uuid_utils

from edge.errors import TicketRefused
from edge.outbox import tickets
from edge.queue.desk import Queue
from edge.queue.voice import CLIPS, SUFFIX, clips_of
from edge.recorder import Recorder
from protocols.rules.queueing import label
from protocols.venue.content import Item, Manifest
from protocols.venue.queue import CHANNEL, ITEM
from provisioning.clock import Clock
from tests.cloud.clocks import HandClock
from tests.edge.stations import STATION, recorder

VOICE = Path(__file__).parents[2] / "edge/http/static/voice"
#: All clips together.
MAX_VOICE_BYTES = 512 * 1024


def board(day: str, **changes: Any) -> dict[str, Any]:
    """Return a board with two services and two counters that serve both."""
    service = {"open": True, "opens": "00:00", "closes": "23:59", "serve_s": 300, "calls": 0, "known": 0}
    return {
        "day": day,
        "hall": 0,
        "services": [{"letter": "A", "name": "求职登记", **service}, {"letter": "B", "name": "社保咨询", **service}],
        "counters": [{"number": n, "name": f"{n} 号窗口", "letters": ["A", "B"], "staffed": True} for n in (1, 2)],
        "tickets": [],
        "calls": [],
        "rules": {"skip_returns_after": 2, "max_skips": 1, "priority_in_row": 2, "text": "按取号先后叫号",
                  "priorities": [{"key": "elderly", "name": "老人"}]},
        **changes,
    }  # fmt: skip


def manifest(rev: int, data: dict[str, Any]) -> Manifest:
    """Return a manifest of the queue's channel."""
    now = datetime.now(UTC)
    item = Item(id=ITEM, kind="page", seconds=1.0, valid_to=None, data=data)
    return Manifest(station=STATION, channel=CHANNEL, rev=rev, issued_at=now, valid_from=now,
                    valid_to=now + timedelta(days=1), items=[item])  # fmt: skip


@dataclass
class Desk:
    """A station's queue at work."""

    queue: Queue
    records: Recorder
    clock: HandClock
    online: list[bool] = field(default_factory=lambda: [True])

    async def take(self, letter: str = "A", priority: str = "", key: str = "") -> str:
        """Take a number and return it."""
        issued = await self.queue.issue("kiosk-1", letter, priority, key or str(uuid_utils.uuid7()))
        return issued.held.label

    async def follow(self, rev: int, **changes: Any) -> None:
        """Have a board come and be followed."""
        self.queue.take(manifest(rev, board(self.queue.day or self.day, **changes)))
        async with self.queue._lock:
            await self.queue._follow()

    @property
    def day(self) -> str:
        """The market's day."""
        return (self.clock.now() + timedelta(hours=8)).date().isoformat()

    async def events(self) -> list[dict[str, Any]]:
        """Return the queue's events, as stored."""
        rows = await self.records.outbox.drain("evidence", 0, 10_000)
        return [json.loads(row.text) for row in rows]


@asynccontextmanager
async def desk(folder: Path, clock: HandClock | None = None) -> AsyncIterator[Desk]:
    clock = clock or HandClock()
    known: Clock = clock
    async with recorder(folder, known) as records:
        online = [True]
        one = Desk(Queue(records, lambda: online[0]), records, clock, online)
        await one.follow(1)
        yield one


async def test_numbers_count_per_service_and_come_with_their_event(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        assert [await one.take(), await one.take(), await one.take("B", "elderly")] == ["A001", "A002", "B001"]
        events = await one.events()
        assert [event["type"] for event in events] == ["cn.yizhan.kiosk.ticket.issued.v1"] * 3
        data = [event["data"] for event in events]
        assert [(label(d["letter"], d["number"]), d["ahead"], d["estimate_s"]) for d in data] == [
            ("A001", 0, 0), ("A002", 1, 150), ("B001", 0, 0),
        ]  # fmt: skip
        assert data[2]["priority"] == "elderly"
        assert {d["day"] for d in data} == {one.day}


async def test_asking_twice_gives_one_number(tmp_path: Path) -> None:
    key = str(uuid_utils.uuid7())
    async with desk(tmp_path) as one:
        assert [await one.take(key=key), await one.take(key=key), await one.take()] == ["A001", "A001", "A002"]
    async with desk(tmp_path) as one:
        assert await one.take(key=key) == "A001"
        assert len(await one.events()) == 2


async def test_numbers_begin_anew_with_the_markets_day_and_never_within_it(tmp_path: Path) -> None:
    clock = HandClock()
    clock.forward(hours=14, minutes=59)  # 23:59 in the market
    async with desk(tmp_path, clock) as one:
        one.queue.board = one.queue.board and one.queue.board.model_copy(update={"services": [
            service.model_copy(update={"closes": "24:00"}) for service in one.queue.board.services
        ]})  # fmt: skip
        assert await one.take() == "A001"
        clock.forward(minutes=2)
        assert await one.take() == "A001"
        clock.forward(minutes=-2)  # the clock is set back: yesterday goes on
        assert await one.take() == "A002"


async def test_a_lost_store_goes_on_behind_what_the_cloud_knows(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        service = board(one.day)["services"][0]
        await one.follow(2, services=[{**service, "known": 41}])
        assert await one.take() == "A042"


@pytest.mark.parametrize(
    ("change", "letter", "priority", "reason"),
    [
        ({"open": False}, "A", "", "closed"),
        ({"opens": "23:00"}, "A", "", "hours"),
        ({}, "Z", "", "unknown_service"),
        ({}, "A", "vip", "unknown_priority"),
        ({"known": 9_999}, "A", "", "used_up"),
    ],
)
async def test_no_number_is_given_out_that_should_not_be(
    tmp_path: Path, change: dict[str, Any], letter: str, priority: str, reason: str
) -> None:
    async with desk(tmp_path) as one:
        services = [{**service, **change} for service in board(one.day)["services"]]
        await one.follow(2, services=services)
        with pytest.raises(TicketRefused) as refusal:
            await one.take(letter, priority)
        assert refusal.value.reason == reason
        assert await one.events() == []


async def test_the_hall_calls_by_the_same_rules_while_the_line_is_cut(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        for _ in range(4):
            await one.take()
            one.clock.forward(seconds=1)
        with pytest.raises(TicketRefused) as refusal:
            await one.queue.act(1, "next", "hall:1")
        assert refusal.value.reason == "online"
        one.online[0] = False
        assert await called(one, 1) == "A001"
        assert await called(one, 2) == "A002"
        await one.queue.act(1, "skip", "hall:1")
        assert [await called(one, 1), await called(one, 1)] == ["A003", "A004"]
        assert await called(one, 1) == "A001"
        await one.queue.act(1, "no_show", "hall:1")
        for reason in ("nobody_here", "unknown_counter"):
            with pytest.raises(TicketRefused) as refusal:
                await one.queue.act(1 if reason == "nobody_here" else 9, "recall", "hall:1")
            assert refusal.value.reason == reason
        with pytest.raises(TicketRefused) as refusal:
            await one.queue.act(1, "next", "hall:1")
        assert refusal.value.reason == "nobody_waits"
        moved = [event["data"] for event in await one.events() if event["type"].endswith("ticket.moved.v1")]
        assert [data["act"] for data in moved] == [
            "call", "call", "skip", "call", "done", "call", "done", "call", "no_show",
        ]  # fmt: skip
        assert [data["n"] for data in moved] == sorted({data["n"] for data in moved})
        assert {data["base"] for data in moved} == {1}
        assert [label(call.letter, call.number) for call in one.queue.calls()][:2] == ["A001", "A004"]


async def called(one: Desk, counter: int) -> str | None:
    one.clock.forward(seconds=1)
    here = await one.queue.act(counter, "next", f"hall:{counter}")
    return here.label if here else None


async def test_two_counters_of_the_hall_never_call_the_same_number(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        for _ in range(20):
            await one.take()
        one.online[0] = False
        order: list[str | None] = []
        for _ in range(10):
            order += await asyncio.gather(called(one, 1), called(one, 2))
        assert len(set(order)) == 20


async def test_what_the_hall_did_stays_until_the_cloud_has_taken_it(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        await one.take()
        one.online[0] = False
        assert await called(one, 1) == "A001"
        (held,) = one.queue.held.values()
        shown = {
            "id": held.ticket.id, "letter": "A", "number": 1, "service": "A", "priority": "", "state": "waiting",
            "counter": None, "place": one.clock.now().isoformat(), "back_at": 0, "skips": 0, "called_at": None,
            "last_called_at": None, "served_at": None,
        }  # fmt: skip
        known = [{**service, "known": 1} for service in board(one.day)["services"]]
        await one.follow(2, services=known, tickets=[shown])  # made before the cloud heard of the call
        assert one.queue.held[held.ticket.id].ticket.state == "called"
    async with desk(tmp_path, one.clock) as one:  # a restart changes nothing of it
        await one.follow(3, services=known, tickets=[shown])
        assert one.queue.held[held.ticket.id].ticket.state == "called"
        await one.follow(4, services=known, tickets=[], hall=held.pending)
        assert one.queue.held[held.ticket.id].ticket.state == "done"


async def test_a_number_that_only_the_cloud_knows_can_be_called_here(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        shown = {
            "id": str(uuid_utils.uuid7()), "letter": "B", "number": 7, "service": "A", "priority": "elderly",
            "state": "waiting", "counter": None, "place": one.clock.now().isoformat(), "back_at": 0, "skips": 0,
            "called_at": None, "last_called_at": None, "served_at": None,
        }  # fmt: skip
        await one.follow(2, tickets=[shown])
        one.online[0] = False
        assert await called(one, 1) == "B007"


async def test_a_number_is_not_issued_when_its_event_cannot_be_stored(tmp_path: Path) -> None:
    async with desk(tmp_path) as one:
        real, one.records.author.text = one.records.author.text, _broken  # type: ignore[assignment, method-assign]
        with pytest.raises(Exception, match="nothing was stored"):
            await one.take()
        one.records.author.text = real  # type: ignore[method-assign]
        assert await one.records.outbox.transact(lambda connection: dict(tickets.series(connection, one.day))) == {}
        assert await one.take() == "A001"


def _broken(*_: object) -> str:
    raise ValueError("no event today")


def test_the_clips_of_a_call_are_asked_for_in_their_order() -> None:
    assert clips_of("A012", 3) == ["chime", "please", "A", "0", "1", "2", "number", "to", "3", "window"]
    assert [clips_of("B001", counter)[8:-1] for counter in (10, 12, 20, 35)] == [
        ["ten"], ["ten", "2"], ["2", "ten"], ["3", "ten", "5"],
    ]  # fmt: skip


def test_every_clip_is_shipped_and_all_together_are_small() -> None:
    files = {path.name.removesuffix(SUFFIX): path for path in VOICE.glob(f"*{SUFFIX}")}
    assert set(files) == CLIPS
    assert sum(path.stat().st_size for path in files.values()) <= MAX_VOICE_BYTES
    assert all(path.read_bytes().startswith(b"RIFF") for path in files.values())
