"""A market with two stations that speak the real contract to the real core, and the posts of a working day."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import aiomqtt
import uuid_utils
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties as MqttProperties

from cloud.jobs import service as jobs
from cloud.jobs.drafts import FirmDraft, PostDraft
from cloud.platform.core import Core
from protocols.venue import topics
from protocols.venue.events import CONTENT_TYPE, Properties, encode_batch, event_body, render
from protocols.venue.timestamps import format_time
from protocols.venue.vocabulary import Stream
from provisioning.site import SiteFile, read_site

EPOCH: Final = 1_772_413_200_123
SITE: Final = Path(__file__).with_name("hall.toml")
FIRM: Final = {
    "uscc": "91321100MA0000001P",
    "name": "示范物流（镇江）有限公司",
    "contact": {"name": "示范联系人", "phone": "0511-80000000"},
}
#: title, occupation, headcount, district, address, low and high in fen, unit, form, hours
POSTS: Final = (
    ("外卖配送员", "4-10-08-01", 10, "润州区", "万达商圈", 600_000, 900_000, "month", "full_time", "每天8小时，轮休"),
    ("保洁员", "4-09-08-01", 3, "京口区", "大市口写字楼", 2_600, 3_000, "hour", "part_time", "06:30-10:30"),
    ("快递员", "4-02-07-08", 4, "丹徒区", "谷阳路网点", 550_000, 800_000, "month", "full_time", "08:00-17:00"),
    ("超市理货员", "4-02-06-02", 5, "京口区", "中山东路", 420_000, 520_000, "month", "full_time", "09:00-18:00"),
    ("快件分拣员", "4-02-07-09", 6, "润州区", "工业园区1号", 18_000, 22_000, "day", "temporary", "08:30-17:30"),
)


def site() -> SiteFile:
    """Return the site file of the tests."""
    return read_site(SITE)


@dataclass
class Station:
    """One station's side of the contract, as small as the pages need it."""

    client: aiomqtt.Client
    id: str
    store: str = field(default_factory=lambda: str(uuid_utils.uuid7()))
    seq: dict[Stream, int] = field(default_factory=lambda: {"evidence": 0, "ops": 0, "telemetry": 0})

    async def come_online(self, slots: Mapping[str, tuple[str, str, str]], now: datetime, twin: dict[str, Any]) -> None:
        """Say presence and birth; `slots` is id -> (kind, device, profile)."""
        at = format_time(now)
        presence = {"online": True, "epoch": EPOCH, "conn": 1, "at": at, "reason": "start"}
        await self._say(topics.station_topic(self.id, "presence"), presence, retain=True)
        depth = {"first": None, "last": 0, "upto": 0, "bytes": 0}
        birth = {
            "epoch": EPOCH, "conn": 1, "boot": str(uuid_utils.uuid7()), "store": self.store, "at": at, "why": "start",
            "versions": {"yizhan": "0.1.0", "contract": 1, "python": "3.11.2", "os": "debian 12"},
            "clock": {"trust": "trusted", "offset_ms": 12, "source": "ntp"},
            "outbox": {"evidence": depth, "ops": depth, "telemetry": depth},
            "slots": {
                name: {"kind": kind, "device": device, "profile": profile, "health": "good", "capabilities": []}
                for name, (kind, device, profile) in slots.items()
            },
            "twin": {"applied_rev": 0, "rev": 1, "at": at, "slots": twin},
        }  # fmt: skip
        await self._say(topics.station_topic(self.id, "birth"), birth)

    async def say_goodbye(self, now: datetime) -> None:
        """Say that the station is gone."""
        gone = {"online": False, "epoch": EPOCH, "conn": 1, "at": format_time(now), "reason": "stop"}
        await self._say(topics.station_topic(self.id, "presence"), gone, retain=True)

    async def send(self, stream: Stream, events: Sequence[tuple[str, str, datetime, dict[str, Any]]]) -> None:
        """Send events (slot, type without its prefix, time, data) as one batch."""
        first = self.seq[stream] + 1
        rendered = []
        for slot, type_, time, data in events:
            self.seq[stream] += 1
            body = event_body(
                event_id=str(uuid_utils.uuid7()), station=self.id, slot=slot, type_=f"cn.yizhan.{type_}.v1", time=time,
                epoch=EPOCH, stream=stream, clock="trusted", data=data,
            )  # fmt: skip
            rendered.append(render(json.dumps(body, ensure_ascii=False), self.seq[stream], replay=False))
        properties = MqttProperties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.ContentType = CONTENT_TYPE
        properties.UserProperty = Properties(stream, first, self.seq[stream], EPOCH, self.store).to_pairs()
        await self.client.publish(topics.up(self.id, stream), encode_batch(rendered), qos=1, properties=properties)

    async def show(self, slot: str, now: datetime, values: dict[str, Any]) -> None:
        """Send live values of a slot."""
        await self._say(topics.live(self.id, slot), {"at": format_time(now), "health": "good", "values": values})

    async def report(self, slots: dict[str, Any], now: datetime) -> None:
        """Send the reported twin."""
        document = {"applied_rev": 1, "rev": 2, "at": format_time(now), "slots": slots}
        await self._say(topics.twin(self.id, "reported"), document, retain=True)

    async def _say(self, topic: str, document: dict[str, Any], *, retain: bool = False) -> None:
        await self.client.publish(topic, json.dumps(document, ensure_ascii=False), qos=1, retain=retain)


@asynccontextmanager
async def station(port: int, station_id: str) -> AsyncIterator[Station]:
    """Connect a station to the broker."""
    async with aiomqtt.Client(
        "127.0.0.1", port, identifier=f"yz-{station_id}", protocol=aiomqtt.ProtocolVersion.V5
    ) as client:
        yield Station(client, station_id)


def interval(
    slot: str, signal: str, value: str, start: datetime, end: datetime
) -> tuple[str, str, datetime, dict[str, Any]]:
    """Return the event that a slot, whose kind is that of its signal, showed one value from start to end."""
    samples = max(1, int((end - start).total_seconds()) // 30)
    data = {"signal": signal, "value": value, "from": format_time(start), "to": format_time(end), "samples": samples}
    return slot, f"{signal}.signal.interval", end, data


async def add_posts(core: Core) -> list[dict[str, Any]]:
    """Register a verified firm and publish its posts."""
    firm = await jobs.create_firm(core, FirmDraft.model_validate(FIRM), verified=True)
    published = []
    for row in POSTS:
        post = await jobs.create_post(core, draft(firm["id"], row), by="staff:值班经理")
        published.append(await jobs.publish_post(core, post["id"], by="staff:值班经理"))
    return published


def draft(firm: str, row: tuple[Any, ...], **changes: Any) -> PostDraft:
    """Return the draft of a row of POSTS."""
    title, occupation, headcount, district, address, low, high, unit, form, hours = row
    values = {
        "firm": firm, "title": title, "occupation": occupation, "headcount": headcount, "skills": [],
        "requirements": "身体健康，做事认真，男女不限", "place": {"district": district, "address": address},
        "hours": hours, "pay": {"min_fen": low, "max_fen": high, "unit": unit, "method": "按月转账"}, "form": form,
        "valid_from": "2026-03-01", "valid_to": "2026-03-31",
        "contact": {"name": "示范联系人", "phone": "0511-80000000"},
    }  # fmt: skip
    return PostDraft.model_validate(values | changes)
