"""W11, D18, D19 at the core: a day's digest is compared, a difference is repaired by a resend, or raises an alarm."""

import base64
import json
from collections.abc import Iterable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from cloud.ingest import digests
from cloud.ingest.models import StoredEvent
from protocols.venue.digests import START, extend, written
from protocols.venue.strict_json import load_object
from tests.cloud.running import Running
from tests.cloud.station import AT, STORE, Station, make_event, station_at
from tests.peers.mosquitto import Broker
from tests.waiting import until

pytestmark = [pytest.mark.broker, pytest.mark.db]

DAY = "2026-03-02"
OTHER_DAY = "2026-03-01T23:59:59.999Z"


def claim(events: Iterable[dict[str, Any]], upto: int) -> dict[str, Any]:
    """Return the digest of events as a station writes it."""
    events = list(events)
    chain = START
    for event in events:
        chain = extend(chain, event)
    return {
        "from": events[0]["seq"] if events else None,
        "upto": upto,
        "count": len(events),
        "hash": written(chain),
    }


async def take(station: Station, seq: int, streams: dict[str, Any], jws: str | None = None) -> None:
    data: dict[str, Any] = {"day": DAY, "store": STORE, "streams": streams}
    data |= {"jws": jws} if jws else {}
    event = make_event(seq, source="/stations/st-01/slots/agent", type="cn.yizhan.agent.digest.taken.v1", data=data,
                       time="2026-03-03T00:10:00.000Z")  # fmt: skip
    await station.send(json.dumps([event]).encode(), seq, seq)
    await until(lambda: station.acked() == seq, "the digest is stored")


async def checked(running: Running, *states: str, stream: str = "evidence") -> dict[str, Any]:
    found: dict[str, Any] = {}

    async def is_it() -> bool:
        items = (await running.get("/api/v1/stations/st-01/digests"))["items"]
        found.update(next((item for item in items if item["stream"] == stream), {}))
        return found.get("state") in states

    await until(is_it, f"the digest is {states}")
    return found


async def present(station: Station, **members: Any) -> None:
    await station.presence()
    await station.birth(**members)
    await until(lambda: station.newest("ack"), "the birth is taken")


async def declare_lost(station: Station, seq: int, lost: list[int], at: str | None) -> None:
    """Let the station tell that a range of its telemetry is gone; `at` is None when it only answers a resend."""
    data = {"stream": "telemetry", "ranges": [lost], "reason": "disk_budget", "first_time": at, "last_time": at}
    gap = make_event(seq, source="/stations/st-01/slots/agent", type="cn.yizhan.agent.gap.declared.v1", data=data)
    await station.send(json.dumps([gap]).encode(), seq, seq)


async def test_w11_what_was_stored_as_it_was_sent_has_the_same_digest(running: Running, broker: Broker) -> None:
    await running.apply()
    bad = make_event(3, data={"signal": "door", "value": "ajar"})
    events = [make_event(1, time=OTHER_DAY), make_event(2, note="门 1.50", ratio=1.5e-7), bad, make_event(4)]
    async with station_at(broker.url) as station:
        await present(station)
        await station.send(json.dumps(events).encode(), 1, 4)
        await until(lambda: station.acked() == 4, "stored")
        await take(
            station, 5, {"evidence": claim(events[1:], 4), "ops": {**claim([], 0), "hash": f"sha256:{'0' * 64}"}}
        )
        same = await checked(running, "equal")
        assert (same["stored"]["count"], same["signature"]) == (3, "none")
        assert (await checked(running, "equal", stream="ops"))["stored"]["count"] == 0
    assert (await running.get("/api/v1/alarms"))["items"] == []
    page = await (await running.call("GET", "/venues/st-01")).text()
    assert "每日核对" in page
    assert "一致" in page


async def test_w11_an_event_that_the_cloud_lost_comes_back_by_resend(
    running: Running, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "REPAIR_S", 2.0)
    await running.apply()
    async with station_at(broker.url) as station:
        await present(station)
        await station.send_events(1, 6)
        await until(lambda: station.acked() == 6, "stored")
        lost = [row.id for row in await StoredEvent.all().order_by("id") if row.id % 2**40 in {2, 3, 5}]
        assert await StoredEvent.filter(id__in=lost).delete() == 3
        await take(station, 7, {"evidence": claim([make_event(seq) for seq in range(1, 7)], 6)})
        await until(lambda: len(station.heard.get("resend", [])) == 2, "what is absent is asked for")
        assert [(one["from"], one["to"]) for one in station.heard["resend"]] == [(2, 3), (5, 5)]
        await station.send_events(2, 3, replay=True)
        await station.send_events(5, 5, replay=True)
        repaired = await checked(running, "repaired", "different")
        assert (repaired["state"], repaired["stored"]["count"]) == ("repaired", 6)
    streams = (await running.get("/api/v1/stations/st-01"))["streams"]
    assert [item["seq"] for item in (await running.get("/api/v1/stations/st-01/events"))["items"]] == [*range(1, 8)]
    assert streams["evidence"]["upto"] == 7


async def test_w11_a_difference_that_stays_raises_an_alarm_that_a_person_closes(
    running: Running, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "REPAIR_S", 0.5)
    await running.apply()
    async with station_at(broker.url) as station:
        await present(station)
        await station.send_events(1, 2)
        await until(lambda: station.acked() == 2, "stored")
        await take(station, 3, {"evidence": claim([make_event(1), make_event(2, note="another")], 2)})
        await checked(running, "different")
        resend = station.newest("resend")
        assert (resend["from"], resend["to"]) == (1, 2)
        (alarm,) = (await running.get("/api/v1/alarms"))["items"]
        assert (alarm["kind"], alarm["station"], alarm["subject"]) == ("digest_mismatch", "st-01", f"{DAY} evidence")
        assert "每日核对不一致" in await (await running.call("GET", "/")).text()
        closed = await running.post(f"/api/v1/alarms/{alarm['id']}/acknowledge")
        assert closed["closed_by"].startswith("token:")
        assert (await running.get("/api/v1/alarms"))["items"] == []


async def test_w11_the_signature_is_checked_with_the_key_of_the_birth(running: Running, broker: Broker) -> None:
    await running.apply()
    key = generate_private_key(SECP256R1())
    numbers = key.public_key().public_numbers()
    x, y = (base64url(number.to_bytes(32)) for number in (numbers.x, numbers.y))
    async with station_at(broker.url) as station:
        await present(station, key={"kty": "EC", "crv": "P-256", "x": x, "y": y})
        await station.send_events(1, 2)
        await until(lambda: station.acked() == 2, "stored")
        evidence = claim([make_event(1), make_event(2)], 2)
        payload = {"day": DAY, "store": STORE, "station": "st-01", "evidence": evidence}
        await take(station, 3, {"evidence": evidence}, sign(key, payload))
        assert (await checked(running, "equal"))["signature"] == "valid"
        await take(station, 4, {"evidence": evidence}, sign(key, {**payload, "station": "st-02"}))
        await until(lambda: _alarmed(running), "a wrong signature raises an alarm")
        assert (await checked(running, "equal"))["signature"] == "invalid"


async def _alarmed(running: Running) -> bool:
    return [one["kind"] for one in (await running.get("/api/v1/alarms"))["items"]] == ["digest_signature"]


def sign(key: EllipticCurvePrivateKey, payload: dict[str, Any]) -> str:
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert load_object(text.encode()) == payload
    header = json.dumps({"alg": "ES256", "kid": "st-01"})
    signed = f"{base64url(header.encode())}.{base64url(text.encode())}"
    r, s = decode_dss_signature(key.sign(signed.encode(), ECDSA(SHA256())))
    return f"{signed}.{base64url(r.to_bytes(32) + s.to_bytes(32))}"


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


async def test_w11_what_the_station_thinned_after_we_had_it_makes_no_difference(
    running: Running, broker: Broker
) -> None:
    """Events 2-3 of telemetry arrived, and were thinned before the station knew: its chain never held them (D19)."""
    await running.apply()
    async with station_at(broker.url) as station:
        await present(station)
        await station.send_events(1, 5, "telemetry")
        await until(lambda: station.acked("telemetry") == 5, "stored")
        await declare_lost(station, 1, [2, 3], AT)
        await until(lambda: station.acked() == 1, "the gap is stored")
        kept = [make_event(seq, "telemetry") for seq in (1, 4, 5)]
        await take(station, 2, {"telemetry": claim(kept, 5)})
        found = await checked(running, "equal", "asked", "different", stream="telemetry")
        assert (found["state"], found["stored"]["count"]) == ("equal", 3)
    assert (await running.get("/api/v1/alarms"))["items"] == []


async def test_w11_a_gap_that_is_told_after_the_digest_has_it_compared_again(
    running: Running, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "REPAIR_S", 0.5)
    await running.apply()
    async with station_at(broker.url) as station:
        await present(station)
        await station.send_events(1, 3, "telemetry")
        await until(lambda: station.acked("telemetry") == 3, "stored")
        await take(station, 1, {"telemetry": claim([make_event(seq, "telemetry") for seq in (1, 3)], 3)})
        await checked(running, "different", stream="telemetry")
        await declare_lost(station, 2, [2, 2], AT)
        assert (await checked(running, "repaired", stream="telemetry"))["stored"]["count"] == 2
    assert (await running.get("/api/v1/alarms"))["items"] == []


async def test_w11_a_range_declared_lost_as_an_answer_is_compared_all_the_same(
    running: Running, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Acked rows that are deleted are in the station's chain; leaving them out would hide a difference."""
    monkeypatch.setattr(digests, "REPAIR_S", 0.5)
    await running.apply()
    async with station_at(broker.url) as station:
        await present(station)
        await station.send_events(1, 3, "telemetry")
        await until(lambda: station.acked("telemetry") == 3, "stored")
        await declare_lost(station, 1, [2, 2], None)
        await until(lambda: station.acked() == 1, "the gap is stored")
        await take(station, 2, {"telemetry": claim([make_event(seq, "telemetry") for seq in (1, 3)], 3)})
        assert (await checked(running, "different", stream="telemetry"))["stored"]["count"] == 3
