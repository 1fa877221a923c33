"""The test probe (D25): makes events at a rate and has one command of each kind. Needs no device."""

import asyncio
import os
import random
from pathlib import Path
from typing import Any, ClassVar, Final

from devices.driver import Driver, Host, Json, SlotConfig
from devices.errors import ConfigurationError, DeviceRefused
from devices.together import together
from devices.transport import Transport
from protocols.venue.vocabulary import STREAMS, Kind, Stream

#: How often the probe says that it lives; the table of signals allows 30 s.
SAMPLE_S: Final = 10.0
MAX_RATE: Final = 100_000.0
MAX_BURST: Final = 10_000
#: Pad of one event; leaves room for the envelope below the event limit (D9).
MAX_PAD_BYTES: Final = 60_000
#: A probe that fell behind (suspended process) makes up for at most this much.
MAX_BACKLOG_S: Final = 1.0
#: File in the slot's state directory that counts the strikes.
STRIKES_FILE: Final = "strikes"


class ProbeDriver(Driver):
    """`rate` events a second of {n, pad}, in bursts, repeatable by `seed`; 0 (and no `simulate` at all) is silent."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({"probe"})

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        given = config.simulate
        self._rate = _number(given, "rate", 0.0, 0.0, MAX_RATE)
        self._burst = int(_number(given, "burst", 1, 1, MAX_BURST))
        self._pad_bytes = int(_number(given, "bytes", 0, 0, MAX_PAD_BYTES))
        self._random = random.Random(int(_number(given, "seed", 0, -(2**53), 2**53)))  # noqa: S311 - a pad, no secret
        self._stream = _stream(given.get("stream", "evidence"))
        self._n = 0
        self._settings: dict[str, Any] = {}

    async def run(self, host: Host) -> None:
        """Live, and make events when there is a rate."""
        await together(live=self._live(host), produce=self._produce(host))

    async def configure(self, settings: Json) -> None:
        """Take `gain` and `label`; the profile has judged them."""
        self._settings = dict(settings)

    async def command(self, name: str, args: Json, host: Host) -> Json:
        """Run `echo` (idempotent) or `strike` (not)."""
        given: Any = args
        if name == "echo":
            return {"text": given["text"]} if "text" in given else {}
        if name == "strike":
            count = _strike(host.state_dir / STRIKES_FILE)
            await asyncio.sleep(float(given.get("hold_s", 0)))
            return {"count": count}
        raise DeviceRefused(f"the probe has no command {name!r}")

    async def _live(self, host: Host) -> None:
        async for _ in host.ticks(SAMPLE_S):
            host.sample("probe", "alive")
            host.live(n=self._n, gain=self._settings.get("gain"), label=self._settings.get("label"))

    async def _produce(self, host: Host) -> None:
        if self._rate == 0:
            return
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            await asyncio.gather(*(self._put(host) for _ in range(self._burst)))
            due = max(due + self._burst / self._rate, loop.time() - MAX_BACKLOG_S)
            await asyncio.sleep(due - loop.time())

    async def _put(self, host: Host) -> None:
        self._n += 1
        pad = self._random.randbytes((self._pad_bytes + 1) // 2).hex()[: self._pad_bytes]
        await host.event("sample.taken", {"n": self._n, "pad": pad}, self._stream)


def _number(given: Json, name: str, default: float, low: float, high: float) -> float:
    value = given.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ConfigurationError(f"simulate.{name}: {value!r} is not a number from {low:g} to {high:g}")
    return value


def _stream(value: object) -> Stream:
    if value not in STREAMS:
        raise ConfigurationError(f"simulate.stream: {value!r} is none of {', '.join(STREAMS)}")
    return value


def _strike(path: Path) -> int:
    """Add 1 to the counter file, durably, and return it: the effect that must never happen twice for one command."""
    count = int(path.read_text()) + 1 if path.exists() else 1
    fresh = path.with_suffix(".new")
    with fresh.open("w") as file:
        file.write(f"{count}\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    return count
