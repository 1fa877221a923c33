"""The agent's door to faces: tries and their events, lists and their receipts, a process that dies."""

import asyncio
import hashlib
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from edge.agent import AgentConfig, open_agent
from edge.errors import KioskRefused
from edge.faces import child
from edge.faces.service import Faces, Place, face_slots
from edge.recorder import Recorder
from edge.uplink import parse_broker_url
from protocols.errors import DocumentError
from protocols.venue.messages import MESSAGES
from tests.edge.cloud import cloud
from tests.edge.stations import STATION, recorder, site
from tests.peers.mosquitto import mosquitto
from tests.waiting import until

KIOSK = """
[[stations.slots]]
id = "kiosk-1"
kind = "kiosk"
device = {{ id = "dev-k", serial = "K", profile = "sim-kiosk", address = "sim:?kiosk=usable" }}
"""
FACE = """
[[stations.slots]]
id = "face-1"
kind = "face"
device = {{ id = "dev-f", serial = "F", profile = "kiosk-face-camera", address = "file:{film}" }}
"""
AT = "2026-03-02T01:00:00.000Z"
CHECK = ("0001", "0307")


@pytest.fixture(autouse=True)
def _peer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "COMMAND", (sys.executable, "-m", "tests.edge.faces.pipe_peer"))


class Station:
    """Faces without an agent around them; `sees` says what is before the camera."""

    def __init__(self, folder: Path, records: Recorder, base: str = "") -> None:
        self.film, self.records = folder / "film.json", records
        self.settings: dict[str, Any] = {}
        self.now = datetime(2026, 3, 2, 1, tzinfo=UTC)
        slots = face_slots(site(KIOSK.format(), FACE.format(film=self.film)).station(STATION).slots)
        place = Place(STATION, folder, folder / "faces.key", base)
        self.faces = Faces(slots, place, records, lambda _slot: self.settings, lambda: self.now)

    def sees(self, person: str = "", **more: Any) -> None:
        """Set the scene."""
        self.film.write_text(json.dumps({"person": person, **more}))

    async def shows(self, state: str) -> dict[str, Any]:
        """Return what the page shows once it is in a state."""
        await until(lambda: self.faces.shown("kiosk-1")["state"] == state, f"the page shows {state}")
        return self.faces.shown("kiosk-1")

    async def told(self, name: str) -> list[dict[str, Any]]:
        """Return the data of stored evidence, each judged by its model."""
        rows = [json.loads(row.text) for row in await self.records.outbox.drain("evidence", 0, 10_000)]
        found = [row["data"] for row in rows if row["type"] == f"cn.yizhan.{name}.v1"]
        for data in found:
            MESSAGES[f"cn.yizhan.{name}.v1"].model_validate_json(json.dumps(data))
        return found

    async def enrol(self, person: str) -> None:
        """Enrol somebody."""
        self.sees(person)
        await self.faces.enrol("kiosk-1", person, "7", CHECK)
        await self.shows("enrolled")


@asynccontextmanager
async def station(folder: Path, base: str = "", *, film: bool = True) -> AsyncIterator[Station]:
    """Yield a station whose recogniser runs."""
    async with recorder(folder) as records:
        found = Station(folder, records, base)
        if film:
            found.sees()
        task = asyncio.create_task(found.faces.run(), name="faces")
        try:
            await until(lambda: found.faces.seen("face-1") is not None, "the recogniser has spoken")
            yield found
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def gallery(rev: int, *ids: str, gone: tuple[str, ...] = (), **more: Any) -> bytes:
    """Return a list as the cloud publishes it."""
    told = {"rev": rev, "at": AT, "count": len(ids), "ids": list(ids), "url": None, "sha256": None,
            "gone": [{"id": one, "at": AT} for one in gone]}  # fmt: skip
    return json.dumps(told | more).encode()


async def test_somebody_enrols_and_is_named_only_after_the_right_digits(tmp_path: Path) -> None:
    async with station(tmp_path) as at:
        await at.enrol("p-1")
        assert await at.told("face.person.enrolled") == [
            {"person": "p-1", "consent": "7", "model": "peer@1", "frames": 5, "page": "kiosk-1"}
        ]
        await at.faces.sign_in("kiosk-1")
        assert await at.shows("proposed") == {"state": "proposed", "needs_second": True}
        assert at.faces.proposed("kiosk-1") == ""
        assert not await at.faces.confirm("kiosk-1", "9999")
        assert at.faces.proposed("kiosk-1") == ""
        assert await at.faces.confirm("kiosk-1", "0307")
        assert at.faces.proposed("kiosk-1") == "p-1"
        await at.faces.wrong("kiosk-1")
        assert at.faces.proposed("kiosk-1") == ""
        at.sees("p-1", found={"needs_second": False})
        await at.faces.sign_in("kiosk-1")
        assert await at.shows("proposed") == {"state": "proposed", "needs_second": False}
        assert at.faces.proposed("kiosk-1") == "p-1"
        enrolled, right, said, free = await at.told("face.look.ended")
        assert (enrolled["outcome"], enrolled["person"], enrolled["mode"]) == ("enrolled", "p-1", "enrol")
        assert (right["outcome"], right["second_factor"], right["score"], right["second"]) == (
            "proposed", "right", 0.81, 0.33,
        )  # fmt: skip
        assert (said["outcome"], said["person"]) == ("other", "p-1")
        assert said["look"] != right["look"]
        assert (free["outcome"], free["second_factor"], free["threshold"]) == ("proposed", "none", 0.6)


async def test_three_wrong_answers_end_a_try_and_three_such_tries_make_the_page_wait(tmp_path: Path) -> None:
    async with station(tmp_path) as at:
        await at.enrol("p-1")
        for _ in range(3):
            await at.faces.sign_in("kiosk-1")
            await at.shows("proposed")
            answers = [await at.faces.confirm("kiosk-1", "9999") for _ in range(3)]
            assert answers == [False] * 3
            assert at.faces.shown("kiosk-1") == {"state": "gave_up"}
            with pytest.raises(KioskRefused, match="face_gone"):
                await at.faces.confirm("kiosk-1", "0307")
        with pytest.raises(KioskRefused, match="次数太多"):
            await at.faces.sign_in("kiosk-1")
        ended = [one for one in await at.told("face.look.ended") if one["mode"] == "sign_in"]
        assert [(one["outcome"], one["second_factor"]) for one in ended] == [("gave_up", "wrong")] * 3


@pytest.mark.parametrize(
    ("scene", "state"),
    [
        ({"person": "stranger"}, "unknown"),
        ({"person": "p-1", "found": {"live": "none"}}, "gave_up"),  # a picture of somebody is nobody
        ({"busy": True}, "gave_up"),
    ],
)
async def test_who_is_not_found_alive_is_nobody(tmp_path: Path, scene: dict[str, Any], state: str) -> None:
    async with station(tmp_path) as at:
        await at.enrol("p-1")
        at.sees(**{"person": "", **scene})
        await at.faces.sign_in("kiosk-1")
        assert await at.shows(state) == {"state": state}
        assert at.faces.proposed("kiosk-1") == ""
        assert [one["outcome"] for one in await at.told("face.look.ended")] == ["enrolled", state]


async def test_a_try_is_stopped_swept_and_outlived_by_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with station(tmp_path) as at:
        await at.faces.sign_in("kiosk-1")
        assert (await at.shows("looking"))["reason"] == "nobody"
        await at.faces.stop("kiosk-1")
        assert at.faces.shown("kiosk-1") == {"state": "idle"}
        await at.enrol("p-1")
        monkeypatch.setattr("edge.faces.tries.PROPOSED_S", 0.0)
        await at.faces.sign_in("kiosk-1")
        await at.shows("gave_up")  # nobody confirmed
        assert [one["outcome"] for one in await at.told("face.look.ended")] == ["gave_up", "enrolled", "gave_up"]
        with pytest.raises(KioskRefused, match="face_off"):
            await at.faces.sign_in("kiosk-2")
        assert at.faces.shown("kiosk-2") == {"state": "off"}


async def test_a_recogniser_that_dies_is_replaced_and_its_look_ends(tmp_path: Path) -> None:
    async with station(tmp_path) as at:
        at.sees(die=True)
        await at.faces.sign_in("kiosk-1")
        await until(lambda: (seen := at.faces.seen("face-1")) is not None and seen.fault is not None, "it died")
        assert at.faces.shown("kiosk-1") == {"state": "off"}
        at.sees("p-1")
        assert await at.shows("gave_up") == {"state": "gave_up"}
        await at.enrol("p-1")  # the new one works


async def test_without_a_pack_or_a_camera_the_page_is_off_and_people_are_erased_all_the_same(tmp_path: Path) -> None:
    async with station(tmp_path, film=False) as at:
        seen = at.faces.seen("face-1")
        assert seen is not None
        assert seen.fault is not None
        assert (seen.fault.name, seen.fault.cause) == ("unplugged", "unplugged")
        assert at.faces.shown("kiosk-1") == {"state": "off"}
        await at.faces.take_gallery(gallery(1, gone=("p-9",)))
        await until(lambda: at.faces.following.rev == 1, "the list is followed")
        at.settings = {"pack": "missing"}

        def no_pack() -> bool:
            now = at.faces.seen("face-1")
            return now is not None and now.fault is not None and now.fault.name == "settings"

        await until(no_pack, "the pack is missed")


async def test_who_must_go_goes_first_with_a_receipt_that_names_him(tmp_path: Path) -> None:
    async with station(tmp_path) as at:
        for person in ("p-1", "p-2", "p-3"):
            await at.enrol(person)
        at.faces.signed_in = lambda _page: "p-1"
        crowd = tuple(f"old-{number}" for number in range(210))
        await at.faces.take_gallery(gallery(10, "p-2", "p-7", gone=("p-1", *crowd)))
        await until(lambda: at.faces.following.rev == 10, "the list is followed")
        receipts = await at.told("face.people.erased")
        assert [(one["terminal"], one["command"], len(one["erased"])) for one in receipts] == [
            ("face-1", "gallery", 200), ("face-1", "gallery", 11),
        ]  # fmt: skip
        assert {person for one in receipts for person in one["erased"]} == {"p-1", *crowd}
        # p-3 was enrolled just now: the cloud has not heard of him yet.
        assert await at.told("agent.gallery.applied") == [{"rev": 10, "count": 2, "missing": 1, "erased": 1}]
        assert at.faces.shown("kiosk-1")["erased"] is True
        await at.faces.take_gallery(gallery(10, "p-2", "p-7", gone=("p-1", *crowd)))  # as after a reconnect
        with pytest.raises(DocumentError, match="9 after 10"):
            await at.faces.take_gallery(gallery(9))
        with pytest.raises(DocumentError):
            await at.faces.take_gallery(b"{}")
        await at.faces.take_gallery(gallery(11, "p-2"))
        await until(lambda: at.faces.following.rev == 11, "the next list is followed")
        assert len(await at.told("face.people.erased")) == 2
    async with station(tmp_path) as later:
        assert later.faces.following.rev == 11
        assert json.loads((tmp_path / "faces" / "face-1.gallery").read_text()).keys() == {"p-2", "p-3"}
        later.now += timedelta(hours=24)
        later.faces.following.wake()
        await until(lambda: "p-3" in later.faces.following.gone, "whom no list names is erased after a day")
        assert [one["erased"] for one in await later.told("face.people.erased")][-1] == ["p-3"]
        assert json.loads((tmp_path / "faces" / "face-1.gallery").read_text()).keys() == {"p-2"}


async def test_a_long_list_is_fetched_and_believed_by_its_hash_alone(tmp_path: Path, unused_tcp_port: int) -> None:
    ids = [f"p-{number:05}" for number in range(2_500)]
    body = json.dumps(ids).encode()
    served = [b"[]", body]

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=served.pop(0) if len(served) > 1 else served[0])

    app = web.Application()
    app.router.add_get("/galleries/st-01/5.json", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
    try:
        async with station(tmp_path, f"http://127.0.0.1:{unused_tcp_port}") as at:
            await at.enrol("p-00007")
            hashed: dict[str, Any] = {"ids": None, "count": 2_500, "sha256": hashlib.sha256(body).hexdigest()}
            at.faces.following.take(gallery(4, **hashed, url="http://127.0.0.1:1/elsewhere"))
            await asyncio.sleep(0.2)
            assert at.faces.following.rev == 0
            at.faces.following.take(gallery(5, **hashed, url="/galleries/st-01/5.json?sig=x"))
            await until(lambda: len(served) == 1, "the wrong list was fetched")
            await asyncio.sleep(0.2)
            assert at.faces.following.rev == 0
            at.faces.following.wake()
            await until(lambda: at.faces.following.rev == 5, "the right one is followed")
            assert await at.told("agent.gallery.applied") == [{"rev": 5, "count": 1, "missing": 2_499, "erased": 0}]
    finally:
        await runner.cleanup()


@pytest.mark.broker
async def test_a_list_over_a_broker_is_answered_in_evidence_and_the_slot_shows_its_recogniser(tmp_path: Path) -> None:
    film, state = tmp_path / "film.json", tmp_path / "state"
    film.write_text("{}")
    state.mkdir()
    async with mosquitto(tmp_path) as broker, cloud(broker.port) as core:
        wanted = site(KIOSK.format(), FACE.format(film=film))
        config = AgentConfig(wanted, STATION, state, parse_broker_url(broker.url), faces_key=tmp_path / "faces.key")
        await core.publish("gallery", gallery(3, gone=("p-1",)), retain=True)
        async with open_agent(config) as agent:
            task = asyncio.create_task(agent.run(), name="agent")
            try:

                def told() -> list[str]:
                    return [event.type for event in core.stored["evidence"].values()]

                await until(lambda: "cn.yizhan.agent.gallery.applied.v1" in told(), "the list is answered")
                assert "cn.yizhan.face.people.erased.v1" in told()
                await until(lambda: agent.supervisor.slots["face-1"].works, "the slot is well")
                await until(lambda: agent.live.values("face-1").get("model") == "peer@1", "it shows its pack")
                assert agent.kiosk.faces is agent.faces
            finally:
                agent.stop()
                await task
