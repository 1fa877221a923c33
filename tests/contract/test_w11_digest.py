"""W11 with D18, D19: the day's chain is extended at the ack, outlives the rows, and is signed with the device key."""

import asyncio
import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from edge.agent import AgentConfig, open_agent
from edge.outbox import Outbox
from edge.sign import KEY_FILE
from edge.uplink import parse_broker_url
from protocols.venue.delivery import Ack
from protocols.venue.events import render
from provisioning.demo.clock_server import clock_server
from tests.contract.agents import SILENT, of_type, running_agent, works
from tests.contract.asker import asker, command
from tests.edge.cloud import AT, cloud
from tests.edge.stations import STATION, events, outbox, site
from tests.peers.mosquitto import Broker
from tests.waiting import until

TODAY = datetime.now(UTC).date().isoformat()


def chain(texts: dict[int, str], day: str) -> str:
    """Return the hash as D18 words it, from the stored texts by seq."""
    found = bytes(32)
    for seq, text in sorted(texts.items()):
        event = json.loads(render(text, seq, replay=True))
        del event["replay"]
        if event["time"].startswith(day):
            written = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            found = hashlib.sha256(found + hashlib.sha256(written.encode()).digest()).digest()
    return f"sha256:{found.hex()}"


async def ack(box: Outbox, stream: str, upto: int, epoch: int = 1) -> None:
    await box.ack(Ack.from_object({"store": box.store, "epoch": epoch, stream: {"upto": upto, "at": AT}}))


@pytest.mark.parametrize("stream", ["evidence", "ops", "telemetry"])
async def test_w11_the_chain_takes_each_acked_event_once(tmp_path: Path, stream: Any) -> None:
    texts = dict(enumerate(events(10, stream), 1))
    async with outbox(tmp_path) as box:
        await box.put_many(stream, list(texts.values()))
        assert (await box.digest(TODAY))[stream]["count"] == 0
        await ack(box, stream, 4)
        first = {seq: text for seq, text in texts.items() if seq <= 4}
        expected = {"from": 1, "upto": 4, "count": 4, "hash": chain(first, TODAY)}
        assert (await box.digest(TODAY))[stream] == expected
    async with outbox(tmp_path) as box:
        await ack(box, stream, 2, epoch=2)  # a restored cloud
        await ack(box, stream, 10, epoch=2)
        whole = {"from": 1, "upto": 10, "count": 10, "hash": chain(texts, TODAY)}
        assert (await box.digest(TODAY))[stream] == whole


async def test_w11_the_digest_of_an_empty_day_is_the_hash_of_the_start(tmp_path: Path) -> None:
    async with outbox(tmp_path) as box:
        empty = {"from": None, "upto": 0, "count": 0, "hash": "sha256:" + hashlib.sha256(bytes(32)).hexdigest()}
        assert await box.digest("2026-03-01") == dict.fromkeys(("evidence", "ops", "telemetry"), empty)


async def test_w11_the_digest_outlives_its_rows(tmp_path: Path) -> None:
    texts = dict(enumerate(events(5, "ops"), 1))
    async with outbox(tmp_path) as box:
        await box.put_many("ops", list(texts.values()))
        await ack(box, "ops", 5)
        assert await box.drain("ops", 0, 10) == []
        assert (await box.digest(TODAY))["ops"]["hash"] == chain(texts, TODAY)


def verified(jws: str, key: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return (header, payload) of a JWS whose signature holds; InvalidSignature otherwise."""
    header, payload, signature = jws.split(".")
    halves = decoded(signature)
    x, y = (int.from_bytes(decoded(key[name])) for name in ("x", "y"))
    public = EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    r, s = int.from_bytes(halves[:32]), int.from_bytes(halves[32:])
    public.verify(encode_dss_signature(r, s), f"{header}.{payload}".encode(), ECDSA(SHA256()))
    return json.loads(decoded(header)), json.loads(decoded(payload))


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.broker
async def test_w11_on_command_the_day_is_taken_and_signed_with_the_key_of_the_birth(
    broker: Broker, tmp_path: Path
) -> None:
    folder = tmp_path / "s"
    async with cloud(broker.port) as core, asker(broker.port) as staff:
        async with running_agent(folder, broker, SILENT) as agent:
            await works(agent)
            await agent.outbox.put_many("evidence", events(3))
            await until(lambda: agent.outbox.head("evidence").upto >= 3, "acked")
            done = await staff.ask(command("digest", {"day": TODAY}), "agent")
            assert done["state"] == "done"
            await until(lambda: of_type(core, "evidence", "agent.digest.taken"), "the event came")
            taken = of_type(core, "evidence", "agent.digest.taken")[0].data
            assert done["result"] == taken
            assert (taken["day"], taken["store"]) == (TODAY, agent.outbox.store)
            assert taken["streams"]["evidence"]["count"] >= 3
            key = core.documents("birth")[0]["key"]
            header, payload = verified(taken["jws"], key)
            assert header == {"alg": "ES256", "kid": STATION}
            evidence = taken["streams"]["evidence"]
            assert payload == {"day": TODAY, "store": taken["store"], "station": STATION, "evidence": evidence}
            bad = await staff.ask(command("digest", {"day": "yesterday"}), "agent")
            assert bad["reason"]["code"] == "bad_args"
        assert (folder / KEY_FILE).stat().st_mode & 0o777 == 0o600
        async with running_agent(folder, broker, SILENT):
            await until(lambda: len(core.documents("birth")) == 2, "the second birth")
            assert core.documents("birth")[1]["key"] == key


@pytest.mark.broker
async def test_w11_the_day_before_is_taken_at_ten_past_midnight_once(broker: Broker, tmp_path: Path) -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    (tmp_path / "s").mkdir()
    async with cloud(broker.port) as core, clock_server(noon) as server:
        config = AgentConfig(site(SILENT), STATION, tmp_path / "s", parse_broker_url(broker.url), clock_url=server.url)
        async with open_agent(config) as agent:
            task = asyncio.create_task(agent.run(), name="agent")
            await works(agent)
            await until(lambda: agent.outbox.head("ops").upto > 0, "something of the day is acked")
            midnight = noon + timedelta(hours=12)
            await server.advance_to(midnight + timedelta(minutes=9))
            await until(lambda: agent.outbox.head("evidence").upto == agent.outbox.head("evidence").last, "acked")
            assert of_type(core, "evidence", "agent.digest.taken") == []
            await server.advance_to(midnight + timedelta(minutes=30))
            await until(lambda: of_type(core, "evidence", "agent.digest.taken"), "the digest came")
            await server.advance_to(midnight + timedelta(hours=2))
            await until(lambda: agent.outbox.head("evidence").upto == agent.outbox.head("evidence").last, "acked")
            days = [one.data["day"] for one in of_type(core, "evidence", "agent.digest.taken")]
            assert days == ["2026-03-02"]
            agent.stop()
            await task
