"""A core's side of commands for tests: sends them with their properties, keeps the replies in order."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import aiomqtt
import uuid_utils
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from protocols.venue.commands import ENDED, Reply
from protocols.venue.timestamps import format_time
from tests.edge.stations import STATION
from tests.waiting import until

REPLIES: Final = f"yz/1/{STATION}/reply/core-1"


def new_id() -> str:
    """Return the id of a new command."""
    return str(uuid_utils.uuid7())


def command(name: str = "echo", args: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Return a command document; `changes` replace members."""
    now = datetime.now(UTC)
    document = {
        "id": new_id(),
        "name": name,
        "args": {} if args is None else args,
        "by": "staff:li",
        "at": format_time(now),
        "expires_at": format_time(now + timedelta(seconds=60)),
        "timeout_s": 30,
        "step_timeout_s": 30,
    }
    return {**document, **changes}


@dataclass
class Asker:
    """Replies by command id, each checked against the contract's model and its Correlation Data."""

    client: aiomqtt.Client
    replies: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    async def send(self, document: Any, slot: str = "probe-1", *, leave_out: str = "", **given: Any) -> str:
        """Publish a command and return its id; `given` replaces properties, `leave_out` names one to omit."""
        payload = document if isinstance(document, bytes) else json.dumps(document).encode()
        known = document if isinstance(document, dict) else {"id": "", "name": "echo"}
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        wanted = {
            "ResponseTopic": REPLIES,
            "CorrelationData": known["id"].encode(),
            "MessageExpiryInterval": 60,
            **given,
        }
        for name, value in wanted.items():
            if name != leave_out:
                setattr(properties, name, value)
        topic = f"yz/1/{STATION}/{slot}/cmd/{known['name']}"
        await self.client.publish(topic, payload, 1, properties=properties)
        return str(known["id"])

    def states(self, command_id: str) -> list[str]:
        """Return the states that were replied, in order."""
        return [reply["state"] for reply in self.replies.get(command_id, [])]

    async def reply(self, command_id: str, state: str, timeout_s: float = 15.0) -> dict[str, Any]:
        """Return the newest reply once it has a state."""
        await until(lambda: self.states(command_id)[-1:] == [state], f"{command_id} is {state}", timeout_s)
        return self.replies[command_id][-1]

    async def end(self, command_id: str, count: int = 1, timeout_s: float = 15.0) -> dict[str, Any]:
        """Return the `count`th terminal reply once it is there."""
        await until(lambda: len(self._ends(command_id)) >= count, f"{command_id} has ended", timeout_s)
        return self._ends(command_id)[count - 1]

    async def ask(self, document: dict[str, Any], slot: str = "probe-1", **given: Any) -> dict[str, Any]:
        """Send a command and return its terminal reply."""
        return await self.end(await self.send(document, slot, **given))

    async def listen(self) -> None:
        """Take replies for ever."""
        async for message in self.client.messages:
            assert isinstance(message.payload, bytes)
            reply = Reply.from_bytes(message.payload)
            assert getattr(message.properties, "CorrelationData", None) == reply.id.encode()
            self.replies.setdefault(reply.id, []).append(json.loads(message.payload))

    def _ends(self, command_id: str) -> list[dict[str, Any]]:
        return [reply for reply in self.replies.get(command_id, []) if reply["state"] in ENDED]


@asynccontextmanager
async def asker(port: int) -> AsyncIterator[Asker]:
    """Yield an asker that is connected and listening."""
    async with aiomqtt.Client("127.0.0.1", port, protocol=aiomqtt.ProtocolVersion.V5) as client:
        one = Asker(client)
        await client.subscribe(f"yz/1/{STATION}/reply/+", 1)
        task = asyncio.create_task(one.listen(), name="test-asker")
        try:
            yield one
        finally:
            task.cancel()
            results = await asyncio.gather(task, return_exceptions=True)
    if isinstance(results[0], AssertionError):
        raise results[0]
