"""Sockets and light circuits with Tasmota firmware, over the station's broker or another one.

`broker:plug-3` or `mqtt://user:password@10.0.0.2:1883/plug-3`, `?relay=2` for another than the first. The device's
topic is its account; its full topic is the firmware's default, `%prefix%/%topic%/`.
"""

import asyncio
import logging
from typing import ClassVar, Final

from devices.driver import Driver, Host, Json, Scalar, SlotConfig
from devices.errors import ConfigurationError
from devices.together import together
from devices.transport import Transport
from devices.transports.mqtt import MqttMessage, MqttTransport
from protocols.errors import ParsingError
from protocols.frames.tasmota import (
    MAX_RELAYS,
    OFF,
    ON,
    TOPIC,
    Measured,
    Presence,
    Relays,
    command_topic,
    message_from,
    power_word,
    topics_of,
)
from protocols.venue.vocabulary import SIGNALS, Kind

#: Devices answer within 100 ms; one that is away for three seconds has lost its network or its power.
ANSWER_TIMEOUT_S: Final = 3.0
DEFAULT_POLL_S: Final = 10.0
#: Asks for what the sensors measure.
SENSORS: Final = "STATUS"
_SENSORS_ARG: Final = b"8"

_log = logging.getLogger(__name__)


class TasmotaDriver(Driver):
    """Asks the relay each `poll_s` (profile option) and takes what the device says on its own."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({"socket", "light"})
    address_options = frozenset({"relay"})
    broker_topics = (
        ("read", "cmnd/{device}/#"), ("write", "stat/{device}/#"), ("write", "tele/{device}/#"),
        ("write", "tasmota/discovery/#"),
    )  # fmt: skip

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        if not isinstance(transport, MqttTransport):
            raise ConfigurationError(f"address {transport.address!r}: write broker:TOPIC or mqtt://broker:1883/TOPIC")
        if not TOPIC.fullmatch(transport.device):
            raise ConfigurationError(f"{transport.device!r} is no topic of a device")
        relay = transport.options.get("relay", "1")
        if not (relay.isascii() and relay.isdecimal() and 1 <= int(relay) <= MAX_RELAYS):
            raise ConfigurationError(f"relay={relay}: write a number from 1 to {MAX_RELAYS}")
        self._link, self._topic, self._relay = transport, transport.device, int(relay)
        self._poll_s = float(str(config.options.get("poll_s", DEFAULT_POLL_S)))
        self._values: dict[str, Scalar] = {}
        self._answered = asyncio.Event()
        self._on: bool | None = None

    async def run(self, host: Host) -> None:
        """Serve the device until it is lost."""
        await self._link.subscribe(*topics_of(self._topic))
        await together(listen=self._listen(host), ask=self._ask_regularly(host))

    async def command(self, name: str, args: Json, host: Host) -> Json:
        """Run `switch` {on}; done when the device says that it is."""
        if name != "switch":
            return await super().command(name, args, host)
        wanted = bool(args["on"])
        await self._link.publish(command_topic(self._topic, power_word(self._relay)), (ON if wanted else OFF).encode())
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                while self._on is not wanted:
                    self._answered.clear()
                    await self._answered.wait()
        except TimeoutError as error:
            raise self._link.lost(f"the relay did not switch within {ANSWER_TIMEOUT_S} s", "no_answer") from error
        return {"on": wanted}

    async def _ask_regularly(self, host: Host) -> None:
        async for _ in host.ticks(self._poll_s):
            self._answered.clear()
            await self._link.publish(command_topic(self._topic, power_word(self._relay)), b"")
            await self._link.publish(command_topic(self._topic, SENSORS), _SENSORS_ARG)
            try:
                async with asyncio.timeout(ANSWER_TIMEOUT_S):
                    await self._answered.wait()
            except TimeoutError as error:
                raise self._link.lost(f"no answer within {ANSWER_TIMEOUT_S} s", "no_answer") from error

    async def _listen(self, host: Host) -> None:
        async for message in self._link.messages():
            self._take(message, host)
        raise self._link.lost("the broker hung up", "closed")

    def _take(self, message: MqttMessage, host: Host) -> None:
        try:
            said = message_from(message.topic, message.payload, self._topic)
        except ParsingError as error:
            _log.debug("%s: %s", message.topic, error)
            return  # one bad message is no loss; a device that says nothing else answers no question either
        match said:
            case Presence(online=False):
                raise self._link.lost("the device has gone: its last will came", "no_answer")
            case Relays() if self._relay in said.on:
                self._take_relay(said, host)
            case Measured():
                self._values |= said.values
                host.live(**self._values)
            case _:
                return

    def _take_relay(self, said: Relays, host: Host) -> None:
        self._on = said.on[self._relay]
        self._values["on"] = self._on
        for name, value in (("rssi_percent", said.rssi_percent), ("uptime_s", said.uptime_s)):
            if value is not None:
                self._values[name] = value
        if self.config.kind == "light":
            host.sample("light", SIGNALS["light"][0 if self._on else 1])
        host.live(**self._values)
        self._answered.set()
