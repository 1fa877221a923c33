"""Cards and codes at a kiosk, from the serial line to the cloud: greeted, told without a name, kept nowhere."""

import asyncio
import base64
import json
import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import uuid_utils

from devices.simulators.samv import PHOTO
from edge.queue.desk import Queue
from edge.visitors import MAX_HOLDERS, Visitors
from protocols.rules.presented import Card, Scan
from tests.edge.kiosks import Kiosk, kiosk, pages_of
from tests.edge.stations import data_of
from tests.edge.test_queue import desk
from tests.peers.mosquitto import Broker
from tests.waiting import until

PERSON = uuid.UUID("0195f3c2-4444-7000-8000-000000000004")
PASS = "YZ1" + base64.urlsafe_b64encode(PERSON.bytes + bytes(20)).decode().rstrip("=")
CARD = Card("resident", "示范人", "male", date(1990, 3, 7), "999999199003070012", date(2020, 1, 1), None)
NAME, NUMBER, CHILD = "李示范", "999999199003070012", "999999201501010012"


@asynccontextmanager
async def greetings(agent_url: str) -> AsyncIterator[list[dict[str, Any]]]:
    """Yield what the kiosk's page is told of visitors, as it comes."""
    told: list[dict[str, Any]] = []

    async def listen(http: aiohttp.ClientSession) -> None:
        async with http.get(f"{agent_url}/kiosk/kiosk-1/events") as answer:
            name = b""
            async for line in answer.content:
                if line.startswith(b"event:"):
                    name = line.removeprefix(b"event:").strip()
                elif line.startswith(b"data:") and name == b"visitor":
                    told.append(json.loads(line.removeprefix(b"data:")))

    async with aiohttp.ClientSession() as http:
        task = asyncio.create_task(listen(http), name="page")
        try:
            yield told
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def take(station: Kiosk, read: str) -> dict[str, Any]:
    """Take a number of the first service as the page does."""
    wish = {"key": str(uuid_utils.uuid7()), "letter": "A", "read": read}
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{station.agent.url}/kiosk/kiosk-1/tickets", json=wish) as answer,
    ):
        assert answer.status == 201
        found: dict[str, Any] = await answer.json()
        return found


@pytest.mark.broker
async def test_a_card_is_greeted_finds_its_number_again_and_is_kept_nowhere(
    broker: Broker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with kiosk(tmp_path, broker) as station, greetings(station.agent.url) as told:
        await station.lay(name=NAME, number=NUMBER)
        await until(lambda: len(told) == 1, "the page greets")
        assert (told[0]["outcome"], told[0]["name"], told[0]["ticket"]) == ("card", "李**", None)
        assert (await take(station, told[0]["read"]))["label"] == "A001"
        await station.lay(name=NAME, number=NUMBER)
        await until(lambda: len(told) == 2, "the page greets again")
        assert told[1]["ticket"]["label"] == "A001"
        await station.lay(name=NAME, number=CHILD, birth="20150101")
        await until(lambda: len(told) == 3, "a child is refused")
        assert (told[2]["outcome"], told[2]["name"], told[2]["welcome"]) == ("under_age", "", False)
        await station.lay(name=NAME, number=NUMBER, birth="", valid_to="20210101", fault="")
        await until(lambda: len(told) == 4, "an old card is sent to the counter")
        await station.scanner.change({"scan": PASS})
        await until(lambda: len(told) == 5, "the pass is greeted")
        events = await station.told(5)
        assert [(event.get("card", event.get("code")), event["outcome"]) for event in events] == [
            ("resident", "accepted"), ("resident", "accepted"), ("resident", "under_age"), ("resident", "expired"),
            ("pass", "taken"),
        ]  # fmt: skip
        kept = {str(file): file.read_bytes() for file in station.state.rglob("*") if file.is_file()}
        kept |= {
            "broker": b"\n".join(station.heard),
            "log": caplog.text.encode(),
            "pages": await pages_of(station.agent),
        }
    kept["log"] = caplog.text.encode()
    assert b"card.read" in kept["broker"]
    assert any(b"card.read" in text for name, text in kept.items() if name.startswith(str(tmp_path)))
    secrets = (NAME, NUMBER, CHILD, "20150101", "2015-01-01", "1990-03-07", "示范路", PASS, str(PERSON), "李**")
    needles = [word.encode(code) for word in secrets for code in ("utf-8", "utf-16-le", "unicode_escape")]
    needles += [PHOTO[:24], base64.b64encode(PHOTO)[:24], PHOTO[:24].hex().encode(), PERSON.bytes]
    for name, text in kept.items():
        for needle in needles:
            assert needle not in text, f"{needle!r} is in {name}"


@pytest.mark.broker
async def test_a_pulled_cable_is_an_event_with_its_cause_and_the_reader_comes_back(
    broker: Broker, tmp_path: Path
) -> None:
    async with kiosk(tmp_path, broker) as station:
        line, runner = station.lines["reader-1"], station.agent.supervisor.slots["reader-1"]
        await line.unplug()
        await until(lambda: runner.status.health == "stale", "the reader is lost")
        await line.plug()
        await until(lambda: runner.works, "the reader is back")

        def said() -> list[tuple[object, object]]:
            events = [e for e in station.core.stored["ops"].values() if e.source.endswith("/reader-1")]
            return [(dict(e.data)["health"], dict(e.data)["cause"]) for e in events]

        await until(lambda: said()[-1:] == [("good", None)], "the cloud knows")
        assert said() == [("good", None), ("stale", "usb"), ("good", None)]
        assert station.agent.supervisor.slots["scanner-1"].status.restarts_total == 0


@asynccontextmanager
async def visitors(tmp_path: Path) -> AsyncIterator[tuple[Visitors, Queue]]:
    async with desk(tmp_path) as one:
        found = Visitors(one.records, one.queue)
        yield found, one.queue


@pytest.mark.parametrize(
    ("text", "outcome", "code"),
    [
        ("https://x.example/p?s=station:st-01", "code", "market"),
        ("6901234567892", "foreign_code", ""),
        (PASS, "code", "pass"),
    ],
)
async def test_a_code_is_greeted_by_its_form(text: str, outcome: str, code: str, tmp_path: Path) -> None:
    async with visitors(tmp_path) as (found, queue):
        await found.present("scanner-1", Scan(text), "kiosk-1")
        visit = found.shown("kiosk-1")
        assert visit is not None
        assert (visit.outcome, visit.code) == (outcome, code)
        assert found.shown("kiosk-2") is None
        rows = await queue._outbox.drain("ops", 0, 10)
        assert text not in rows[0].text or code == "market"
        assert data_of(rows[0].text)["page"] == "kiosk-1"


async def test_a_visit_ends_after_a_minute_and_only_its_own_read_takes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with visitors(tmp_path) as (found, queue):
        await found.present("reader-1", CARD, "kiosk-1")
        visit = found.shown("kiosk-1")
        assert visit is not None
        found.took("kiosk-1", "another read", "ticket")
        assert found.shown("kiosk-1") == visit
        issued = await queue.issue("kiosk-1", "A", "", str(uuid_utils.uuid7()))
        found.took("kiosk-1", visit.read, issued.held.ticket.id)
        assert found.shown("kiosk-1") is None
        await found.present("reader-1", CARD, "kiosk-1")
        again = found.shown("kiosk-1")
        assert again is not None
        known = found.number_of(again)
        assert known is not None
        assert known.held.label == "A001"
        queue.day = "2099-01-01"
        assert found.number_of(again) is None
        found.took("kiosk-1", again.read, "tomorrow's")
        assert list(found._numbers.values()) == ["tomorrow's"]
        await found.present("reader-1", CARD, "kiosk-1")
        monkeypatch.setattr("edge.visitors.SHOWN_S", 0.0)
        await found.present("reader-1", CARD, "kiosk-2")
        assert found.shown("kiosk-2") is None
        assert found.shown("kiosk-1") is not None


async def test_the_oldest_holders_are_forgotten(tmp_path: Path) -> None:
    async with visitors(tmp_path) as (found, queue):
        found._day = queue.day
        found._numbers = {number.to_bytes(4, "big"): "t" for number in range(MAX_HOLDERS)}
        await found.present("reader-1", CARD, "kiosk-1")
        visit = found.shown("kiosk-1")
        assert visit is not None
        found.took("kiosk-1", visit.read, "mine")
        assert len(found._numbers) == MAX_HOLDERS
        assert bytes(4) not in found._numbers
