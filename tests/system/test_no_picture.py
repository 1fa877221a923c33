"""A terminal's records that end as dead letters at the core: whatever they carried, nobody there has a picture.

Real brokers, the agent and the core; the core is of another version, whose model refuses what the agent honestly sends.
"""

import asyncio
import base64
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field

from cloud.ingest.models import DeadLetter
from cloud.platform.settings import Settings
from devices.simulators.face_mqtt import FaceTerminal
from devices.simulators.service import listening
from devices.transport import open_transport
from devices.transports.mqtt import MqttTransport
from edge.lanbroker import password_of
from protocols.venue.messages import MESSAGES
from protocols.venue.messages.people import PersonRecognised, PersonRefused
from tests.cloud.running import Running, running_core
from tests.contract.agents import running_agent, works
from tests.edge.kiosks import overhearing
from tests.edge.stations import STATION
from tests.edge.test_face_terminals import SLOT, TERMINAL
from tests.peers.mosquitto import mosquitto
from tests.pictures import holds_picture, photograph
from tests.schema import put_schema
from tests.waiting import free_port, until

pytestmark = pytest.mark.broker


class Recognised(PersonRecognised):
    """What a core of another version takes."""

    record: Annotated[str, Field(pattern="^never$")] = "never"


class Refused(PersonRefused):
    """The same of those who were not let pass."""

    record: Annotated[str, Field(pattern="^never$")] = "never"


def record(number: str, **members: object) -> dict[str, object]:
    """Return a record with two pictures, as real firmware sends them."""
    picture = f"data:image/jpeg;base64,{base64.b64encode(photograph()).decode()}"
    info = {"facesluiceId": TERMINAL, "RecordID": number, "VerifyStatus": "1", "customId": "p-1"}
    return {
        "operator": "RecPush",
        "info": {**info, "time": "2026-03-02 09:00:00", "pic": picture, "scene": picture, **members},
    }


def bad_rows() -> list[bytes]:
    """Return records that are none, each with its picture where none belongs."""
    picture = base64.b64encode(photograph()).decode()
    rows: list[Mapping[str, object]] = [
        record(picture), record("8", VerifyStatus="9"), record("9", facesluiceId=picture),
        {"operator": "RecPush", "info": picture}, {"operator": picture, "info": {"facesluiceId": TERMINAL}},
    ]  # fmt: skip
    half = json.dumps(record("10")).encode()
    return [*(json.dumps(one).encode() for one in rows), photograph(), half[: len(half) // 2]]


async def test_a_record_that_ends_in_the_dead_letters_has_left_its_picture_at_the_station(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, "PIL")  # it tells what this test writes into its own photographs
    monkeypatch.setitem(MESSAGES, "cn.yizhan.face.person.recognised.v1", Recognised)
    monkeypatch.setitem(MESSAGES, "cn.yizhan.face.person.refused.v1", Refused)
    edge, core, port = tmp_path / "edge", tmp_path / "cloud", free_port()
    slots = f'broker = {{ listen = "127.0.0.1:{port}" }}\n{SLOT.format()}'
    put_schema(core / "yizhan.db")
    edge.mkdir()
    where = f"mqtt://{TERMINAL}:{password_of(edge, TERMINAL, {})}@127.0.0.1:{port}/{TERMINAL}"
    async with (
        mosquitto(tmp_path) as broker,
        overhearing(broker.port) as uplink,
        running_core(Settings(data_dir=core, mqtt_url=broker.url, http_port=0)) as running,
        listening(FaceTerminal(), where),
    ):
        await running.apply(f'[site]\nid = "demo"\nname = "示范"\n[[stations]]\nid = "{STATION}"\nname = "站"\n{slots}')
        async with running_agent(edge, broker, slots) as agent:
            await works(agent, "face-1")
            async with open_transport(where) as terminal:
                assert isinstance(terminal, MqttTransport)
                sound = [
                    record("1"),
                    record("2", customId=base64.b64encode(photograph()).decode()),
                    record("3", VerifyStatus="2"),
                ]
                for payload in (*bad_rows(), *(json.dumps(one).encode() for one in sound)):
                    assert holds_picture(payload), "what the terminal itself sends"
                    await terminal.publish(f"mqtt/face/{TERMINAL}/Rec", payload)
                await until(lambda: _letters(3), "its records are dead letters")
            shown = await _shown(running)
        letters = [bytes(row.payload) for row in await DeadLetter.all()]
    assert all(b'"cn.yizhan.face.person.' in one for one in letters)
    assert b'"person":"p-1"' in b"".join(letters), "the letter itself is kept whole"
    found = [one for one in (*letters, *uplink, shown, caplog.text.encode()) if holds_picture(one)]
    files = {path: path.read_bytes() for path in (*edge.rglob("*"), *core.rglob("*")) if path.is_file()}
    assert {"yizhan.db", "outbox.db"} <= {path.name for path in files}
    assert not found
    assert not [path for path, data in files.items() if holds_picture(data)]


async def _letters(count: int) -> bool:
    await asyncio.sleep(0.05)
    return await DeadLetter.filter(reason="schema").count() >= count


async def _shown(running: Running) -> bytes:
    """Return what people and callers see of the letters, while the database's log of writes is still beside it."""
    folder = running.core.settings.data_dir
    written = b"".join(path.read_bytes() for path in folder.glob("yizhan.db*"))
    pages = [await (await running.call("GET", path)).read() for path in ("/deadletters", "/api/v1/deadletters")]
    assert (folder / "yizhan.db-wal").exists()
    assert all(STATION.encode() in page and b"cn.yizhan.face.person" in page for page in pages), "they show the letters"
    return written + b"".join(pages)
