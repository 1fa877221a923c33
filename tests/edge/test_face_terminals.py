"""A face terminal at the station's own broker, with the whole agent: outages, restarts, staff, no picture anywhere."""

import asyncio
import base64
import hashlib
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest

from devices.simulators.face_mqtt import PICTURE, FaceTerminal
from devices.simulators.service import listening
from devices.transport import open_transport
from devices.transports.mqtt import MqttTransport
from edge.agent import Agent, AgentConfig, open_agent
from edge.http.names import NOTICE_KEY_FILE
from edge.lanbroker import password_of
from edge.uplink import parse_broker_url
from protocols.frames.jpeg import MAX_PICTURE_BYTES, bare
from protocols.venue.timestamps import format_time
from provisioning.demo.clock_server import ClockServer, clock_server
from tests.contract.asker import asker, command
from tests.edge.cloud import Cloud, cloud
from tests.edge.kiosks import overhearing, pages_of
from tests.edge.stations import STATION, site
from tests.peers.mosquitto import Broker
from tests.pictures import holds_picture, photograph
from tests.waiting import free_port, until

pytestmark = pytest.mark.broker

MORNING = datetime(2026, 3, 2, 1, tzinfo=UTC)
TERMINAL = "1026700"
SLOT = """
[[stations.slots]]
id = "face-1"
kind = "face"
device = {{ id = "dev-1", serial = "1026700", profile = "hf-face-mqtt", address = "broker:1026700" }}
"""


@dataclass
class Hall:
    """A station whose agent can be stopped and started, with its terminal and its cloud."""

    state: Path
    port: int
    url: str
    clock: ClockServer
    terminal: FaceTerminal
    core: Cloud

    @asynccontextmanager
    async def agent(self) -> AsyncIterator[Agent]:
        """Run the agent once."""
        slots = f'broker = {{ listen = "127.0.0.1:{self.port}" }}\n{SLOT.format()}'
        config = AgentConfig(site(slots), STATION, self.state, parse_broker_url(self.url), clock_url=self.clock.url)
        async with open_agent(config) as agent:
            task = asyncio.create_task(agent.run(), name="agent")
            try:
                await until(lambda: agent.supervisor.slots["face-1"].works, "the terminal works")
                yield agent
            finally:
                agent.stop()
                await task

    def said(self, name: str) -> list[Mapping[str, object]]:
        """Return the data of the face slot's events of one type, in the order of their seq."""
        stored = sorted(self.core.stored["evidence"].items())
        return [event.data for _, event in stored if event.type == f"cn.yizhan.face.{name}.v1"]

    def digest(self) -> Mapping[str, object]:
        """Return the newest digest."""
        stored = sorted(self.core.stored["evidence"].items())
        taken = [one.data for _, one in stored if one.type == "cn.yizhan.agent.digest.taken.v1"]
        return taken[-1] if taken else {}

    def presence(self) -> list[Mapping[str, object]]:
        """Return the intervals of the signal `staff`."""
        return [one for one in self.said("signal.interval") if one["signal"] == "staff"]

    def present_until(self) -> str:
        """Return when the last of them ends."""
        return max((str(one["to"]) for one in self.presence()), default="")


@asynccontextmanager
async def hall(folder: Path, broker: Broker) -> AsyncIterator[Hall]:
    """Yield a station with a terminal that tries to reach its broker."""
    state, terminal = folder / "state", FaceTerminal()
    state.mkdir()
    port = free_port()
    where = f"mqtt://{TERMINAL}:{password_of(state, TERMINAL, {})}@127.0.0.1:{port}/{TERMINAL}"
    async with clock_server(MORNING) as clock, cloud(broker.port) as core, listening(terminal, where):
        yield Hall(state, port, broker.url, clock, terminal, core)


async def test_what_a_terminal_kept_for_two_hours_arrives_once_in_order_with_its_own_times(
    broker: Broker, tmp_path: Path
) -> None:
    async with hall(tmp_path, broker) as here:
        terminal = here.terminal
        async with here.agent():
            await terminal.change({"online": False})
            times = [MORNING + timedelta(seconds=14 * number) for number in range(1, 501)]
            records = [
                terminal.see("staff-li" if number % 100 == 0 else f"p-{number % 40}", at)
                for number, at in enumerate(times)
            ]
            await here.clock.leap_to(MORNING + timedelta(hours=2))
            await terminal.change({"online": True, "resend_ms": 200})
            await until(lambda: len(terminal.kept) < 250, "half of them are acknowledged")
            # Stored and not acknowledged when the agent stops: it comes again after the start.
            await terminal.change({"deaf": True})
            await until(lambda: terminal.sent_total > len(terminal.acknowledged) + 1, "one is sent again")
            assert terminal.kept
        await terminal.change({"deaf": False})
        async with here.agent() as agent:
            await until(lambda: not terminal.kept, "all are acknowledged")
            await until(lambda: len(here.said("person.recognised")) >= 500, "all are at the cloud")
            # Five sightings of staff, 23 minutes apart: present from the first until half an hour after the last.
            await here.clock.leap_to(MORNING + timedelta(hours=4))
            end = format_time(times[400] + timedelta(minutes=30))
            await until(lambda: here.present_until() == end, "the last interval of staff ends in time")
            assert agent.broker.running
        told = here.said("person.recognised")
        assert [one["record"] for one in told] == [one.number for one in records]
        assert [one["at"] for one in told] == [format_time(at) for at in times]
        assert {one["late"] for one in told} == {True}
        assert terminal.sent_total > 500
        assert min(str(one["from"]) for one in here.presence()) == format_time(times[0])


async def test_no_picture_is_in_any_file_or_on_any_topic(
    broker: Broker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, "PIL")  # it tells what this test writes into its own photograph
    async with hall(tmp_path, broker) as here, overhearing(broker.port) as uplink, here.agent() as agent:
        lan: list[tuple[str, bytes]] = []
        async with open_transport(await agent.broker.resolve(f"broker:{TERMINAL}")) as link:
            assert isinstance(link, MqttTransport)
            await link.subscribe("#")
            listening_in = asyncio.create_task(_overhear(link, lan))
            terminal = here.terminal
            await terminal.change({"verify": "allowed", "person": "p-1"})
            await terminal.change({"verify": "unregistered", "person": "p-2"})
            # What is no record, and what is a record only by half: dead on arrival, and not kept to be looked at.
            own = f"mqtt/face/{TERMINAL}"
            for payload in (PICTURE, f'{{"operator":"RecPush","info":{{"pic":"{PICTURE}"}}}}', "\xff\xd8\xff\xe0"):
                await link.publish(f"{own}/Rec", payload.encode("latin-1"))
            snapshot = (
                f'{{"operator":"StrSnapPush","info":{{"facesluiceId":"{TERMINAL}","SnapID":"1","pic":"{PICTURE}"}}}}'
            )
            await link.publish(f"{own}/Snap", snapshot.encode())
            runner = agent.supervisor.slots["face-1"]
            driver = runner._present()
            async with asyncio.timeout(5):
                while driver._bad_total < 3 or not driver._counts["snapshots"]:  # type: ignore[attr-defined]
                    await asyncio.sleep(0.02)
            await until(lambda: len(here.said("person.refused")) == 1, "both are at the cloud")
            orders = await _give_a_live_picture(here, agent, broker)
            pages = await pages_of(agent)
            listening_in.cancel()
        assert terminal.faces == {"staff-li": hashlib.sha256(bare(photograph()).data).hexdigest()}
        assert any(holds_picture(payload) for topic, payload in lan if topic.endswith("/Rec"))  # the test can see them
        others = [(topic, payload) for topic, payload in lan if not topic.endswith(("/Rec", "/Snap", "/Ack"))]
        # The live picture is on the terminal's own topic, once, and nowhere else.
        assert [topic for topic, payload in others if holds_picture(payload)] == [f"mqtt/face/{TERMINAL}"]
        assert not holds_picture(orders)
        assert uplink
        assert not [one for one in uplink if holds_picture(one)]
        assert not holds_picture(pages)
    assert not holds_picture(caplog.text.encode())
    files = [path for path in here.state.rglob("*") if path.is_file()]
    assert {"outbox.db", "acl", "mosquitto.conf"} <= {path.name for path in files}
    assert not [path for path in files if holds_picture(path.read_bytes())]
    # Nor who it was: no number of an identity card, no phone.
    assert not [
        path for path in files if b"11010519491231002X" in path.read_bytes() or b"13800000000" in path.read_bytes()
    ]


async def _give_a_live_picture(here: Hall, agent: Agent, broker: Broker) -> bytes:
    """Have the cloud order somebody's enrolment and take his picture at the station; returns what was replied."""
    key = {"Authorization": f"Bearer {(here.state / NOTICE_KEY_FILE).read_text()}"}
    heads = {**key, "Content-Type": "image/jpeg", "X-Consent": "yes", "X-Person-Name": quote("李")}
    async with asker(broker.port) as ask, aiohttp.ClientSession() as http:
        nobody = await http.post(f"{agent.url}/face/wishes/x", data=photograph(), headers=heads)
        assert nobody.status == 409, "a picture that nobody waits for is not taken"
        enrolling = asyncio.create_task(ask.ask(command("push_face", {"person": "staff-li"}), "face-1"))
        await until(lambda: bool(agent.pictures.status()), "the command waits for a picture")
        assert (await http.get(f"{agent.url}/face/wishes")).status == 401
        (wish,) = (await (await http.get(f"{agent.url}/face/wishes", headers=key)).json())["wishes"]
        assert (wish["slot"], wish["person"], wish["left_s"] <= 60) == ("face-1", "staff-li", True)
        where = f"{agent.url}/face/wishes/{wish['id']}"
        for status, data, changed in (
            (401, photograph(), {"Authorization": ""}), (415, photograph(), {"Content-Type": "application/json"}),
            (428, photograph(), {"X-Consent": "no"}), (400, b"\xff\xd8\xff half", {}),
            (413, photograph() + bytes(MAX_PICTURE_BYTES), {}),
        ):  # fmt: skip
            assert (await http.post(where, data=data, headers={**heads, **changed})).status == status
        answer = await http.post(where, data=photograph(), headers=heads)
        assert await answer.json() == {"outcome": "done", "text": ""}
        ended = await enrolling
        assert (ended["state"], ended["result"]) == ("done", {"person": "staff-li"})
        assert (await http.post(where, data=photograph(), headers=heads)).status == 409, "once"
        await until(lambda: here.said("people.enrolled") != [], "the cloud knows that the terminal has a face")
        return json.dumps(ask.replies).encode()


async def _overhear(link: MqttTransport, into: list[tuple[str, bytes]]) -> None:
    async for message in link.messages():
        into += [(message.topic, message.payload)]


async def test_an_erasure_that_the_cloud_asks_for_ends_with_a_receipt_in_the_signed_digest(
    broker: Broker, tmp_path: Path
) -> None:
    async with hall(tmp_path, broker) as here, here.agent() as agent, asker(broker.port) as ask:
        here.terminal.people = {"p-1": "李", "p-2": "王"}
        await until(lambda: agent.uplink.connected, "the agent is at the cloud's broker")
        known = command("delete_people", {"ids": "p-1"})
        ended = await ask.ask(known, "face-1")
        assert ended["result"] == {"erased": 1, "confirmed_by": "QueryPerson"}
        await here.terminal.change({"keeps_people": True})
        ended = await ask.ask(command("delete_people", {"ids": "p-2"}), "face-1")
        assert (ended["state"], ended["reason"]["code"]) == ("failed", "device")
        await until(lambda: len(here.said("people.erased")) == 2, "both receipts are at the cloud")
        first, second = here.said("people.erased")
        assert first == {"command": known["id"], "terminal": TERMINAL, "erased": ["p-1"], "left": []}
        assert second["left"] == ["p-2"]
        await until(lambda: agent.outbox.head("evidence").upto >= 2, "the receipts are acknowledged")
        digest = await ask.ask(command("digest", {"day": MORNING.date().isoformat()}), "agent")
        assert digest["state"] == "done"
        await until(lambda: "jws" in here.digest(), "the digest is at the cloud")
        payload = str(here.digest()["jws"]).split(".")[1]
        streams = json.loads(base64.urlsafe_b64decode(payload + "=="))
        assert streams["evidence"]["count"] >= 2
