"""The peer of `scripts/bench ingest`, what one writes first: each message validated, created as a row, then acked."""

import asyncio
import json
import sys
from pathlib import Path

import aiomqtt
from tortoise import Tortoise, fields
from tortoise.models import Model

from edge.uplink import NO_DELAY
from protocols.venue.events import Event
from protocols.venue.topics import ROOT


class Plain(Model):
    """One event; (station, seq) is unique."""

    id = fields.BigIntField(primary_key=True)
    station = fields.CharField(max_length=32)
    seq = fields.BigIntField()
    text = fields.TextField()

    class Meta:
        """Its table."""

        table = "plain_event"
        unique_together = (("station", "seq"),)


async def main(port: int, path: str) -> None:
    """Serve until killed; says `ready` once subscribed."""
    Path(path).unlink(missing_ok=True)
    url = f"sqlite://{path}?journal_mode=WAL&synchronous=FULL"
    await Tortoise.init(db_url=url, modules={"models": ["__main__"]})
    await Tortoise.generate_schemas()
    async with aiomqtt.Client(
        "127.0.0.1", port, protocol=aiomqtt.ProtocolVersion.V5, socket_options=NO_DELAY
    ) as client:
        await client.subscribe(f"{ROOT}/+/up/+", qos=1)
        print("ready", flush=True)
        async for message in client.messages:
            text = bytes(message.payload).decode()
            event = Event.model_validate(json.loads(text)[0])
            station = str(message.topic).split("/")[2]
            await Plain.create(station=station, seq=event.seq, text=text)
            ack = json.dumps({"evidence": {"upto": event.seq}}, separators=(",", ":"))
            await client.publish(f"{ROOT}/{station}/ack", ack)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
