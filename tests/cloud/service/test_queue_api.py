"""The queue through REST, and the board that the station gets: signed, retained, newer at every change."""

import json
from datetime import timedelta
from typing import Any

import pytest

from cloud.service.queue_models import QueueBook
from protocols.venue.content import Envelope
from protocols.venue.queue import Board
from provisioning.signing import content_key, public_text
from provisioning.trust import open_envelope
from tests.cloud.running import Running
from tests.cloud.service.halls import STATION, Hall
from tests.cloud.station import Station, station_at
from tests.peers.mosquitto import Broker
from tests.waiting import until

pytestmark = [pytest.mark.broker, pytest.mark.db]
BASE = f"/api/v1/stations/{STATION}/queue"


async def open_hall(running: Running) -> Hall:
    hall = Hall(running.core)
    await hall.set_up()
    return hall


async def put(running: Running, path: str, body: dict[str, Any], status: int = 200) -> dict[str, Any]:
    answer = await running.call("PUT", path, json=body)
    assert answer.status == status, await answer.text()
    text = await answer.text()
    return json.loads(text) if text else {}


def newest_board(running: Running, station: Station) -> Board | None:
    payload = station.newest("content/queue")
    if not payload:
        return None
    keys = {"content-1": public_text(content_key(running.core.secret))}
    manifest = open_envelope(Envelope.from_object(payload), keys)
    return Board.from_bytes(json.dumps(manifest.items[0].data).encode())


async def test_a_counter_works_through_rest_and_the_station_follows(running: Running, broker: Broker) -> None:
    async with station_at(broker.url) as station:
        hall = await open_hall(running)
        first, second = await hall.give(2)
        called = await running.post(f"{BASE}/counters/1/next")
        assert (called["ticket"]["label"], called["ticket"]["state"]) == ("A001", "called")

        def is_called() -> bool:
            board = newest_board(running, station)
            return board is not None and [one.number for one in board.calls] == [1]

        await until(is_called, "the station has the call")
        board = newest_board(running, station)
        assert board is not None
        assert {one.id: one.state for one in board.tickets} == {first: "called", second: "waiting"}
        assert [(one.letter, one.known, one.calls) for one in board.services] == [("A", 2, 1), ("B", 0, 0)]
        for act, state in (("recall", "called"), ("start", "serving"), ("done", "done")):
            answer = await running.post(f"{BASE}/tickets/{first}/act", {"act": act, "counter": 1})
            assert answer["state"] == state
        problem = await running.post(f"{BASE}/tickets/{first}/act", {"act": "done", "counter": 1}, 409)
        assert problem["type"] == "urn:yizhan:problem:queue-state"
        shown = await running.get(BASE)
        assert [one["label"] for one in shown["tickets"]] == ["A002"]
        assert shown["services"][0]["waiting"] == 1
        await running.post(f"{BASE}/counters/2/leave")
        page = await running.get(f"{BASE}/tickets?state=done")
        assert [one["id"] for one in page["items"]] == [first]
        following = await running.get(f"{BASE}/tickets?limit=1")
        assert following["next"] == first


async def test_statistics_say_how_long_people_waited_and_who_left(running: Running) -> None:
    hall = await open_hall(running)
    first, second = await hall.take(
        hall.issued(at=running.core.now() - timedelta(minutes=10)),
        hall.issued("B", at=running.core.now() - timedelta(minutes=4)),
    )
    await running.post(f"{BASE}/counters/1/next")
    await running.post(f"{BASE}/counters/1/next")
    await running.post(f"{BASE}/tickets/{second}/act", {"act": "no_show", "counter": 1})
    shown = await running.get(f"{BASE}/statistics?by=service")
    lines = {one["key"]: one for one in shown["lines"]}
    assert lines["A"]["wait_p50_s"] in range(600, 620)
    assert (lines["A"]["served"], lines["B"]["left"], lines["B"]["left_share"]) == (1, 1, 1.0)
    assert (shown["total"]["issued"], shown["total"]["called"]) == (2, 2)
    assert (await hall.row(first)).state == "done"
    hours = await running.get(f"{BASE}/statistics?by=hour")
    assert sum(one["issued"] for one in hours["lines"]) == 2
    backwards = await running.call("GET", f"{BASE}/statistics?from=2026-03-02&to=2026-03-01")
    assert backwards.status == 422


async def test_what_does_not_fit_is_refused(running: Running) -> None:
    await open_hall(running)
    await put(running, f"{BASE}/services/a", {"name": "小写"}, 404)
    await put(running, f"{BASE}/counters/0", {"name": "零"}, 404)
    await put(running, f"{BASE}/services/C", {"name": "反", "opens": "17:00", "closes": "09:00"}, 422)
    await put(running, f"{BASE}/pin", {"pin": "12345"}, 422)
    await put(running, "/api/v1/stations/nowhere/queue/services/A", {"name": "无"}, 404)
    assert (await running.call("POST", f"{BASE}/tickets/nobody/act", json={"act": "done", "counter": 1})).status == 404


async def test_the_pin_goes_out_as_a_hash(running: Running) -> None:
    await open_hall(running)
    await put(running, f"{BASE}/pin", {"pin": "20260302"}, 204)
    book = await QueueBook.get(station=STATION)
    assert book.pin_hash
    assert "20260302" not in book.pin_hash + book.pin_salt
