"""What the cabinets of a wall suffer: smoke, an open door, heat; each is told once when it begins and when it ends."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from devices.driver import Host, Json, SlotConfig
from devices.errors import DeviceRefused
from devices.transport import Transport
from devices.walls import SAMPLE_S, WallDriver, WallState

#: File in the slot's state directory with the faults that were told to have begun and not yet to have ended.
FAULTS_FILE: Final = "faults.json"
#: A cabinet that was too hot is not until it is this much below the limit, so that one fault is told once.
COOLED_BY_C: Final = 5.0


class CabinetDriver(WallDriver):
    """A controller that knows its cabinets; setting `temperature_limit_c` says from where on they are too hot."""

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        self._limit_c: float | None = None
        self._wished: Json = {}

    async def watch(self, host: Host) -> None:
        """Read and tell every SAMPLE_S, for ever; a wall that gets its power back gets its brightness back as well."""
        told, had_power = _told(host), True
        async for _ in host.ticks(SAMPLE_S):
            state = await self.read_state(host)
            if state.power and not had_power:
                with suppress(DeviceRefused):
                    await super().configure(self._wished)
            had_power = state.power is not False
            self.tell(host, state)
            await self._tell_faults(host, state, told)

    async def configure(self, settings: Json) -> None:
        """Take `temperature_limit_c` and what every wall has."""
        given: dict[str, Any] = dict(settings)
        self._limit_c = given.pop("temperature_limit_c", self._limit_c)
        self._wished = given
        await super().configure(given)

    async def _tell_faults(self, host: Host, state: WallState, told: set[str]) -> None:
        for cause, there in faults(state, self._limit_c, told).items():
            if there is None or there == (cause in told):
                continue
            data = {"cause": cause, "temperature_c": state.temperature_c}
            await host.event("fault.began" if there else "fault.ended", data)
            told ^= {cause}
            _keep(host, told)


def faults(state: WallState, limit_c: float | None, told: set[str]) -> Mapping[str, bool | None]:
    """Return cause -> whether it is there; None where nobody knows, which neither begins nor ends a fault."""
    heat = None
    if state.temperature_c is not None and limit_c is not None:
        heat = state.temperature_c >= limit_c - (COOLED_BY_C if "heat" in told else 0)
    return {"smoke": state.smoke, "door_open": state.door_open, "heat": heat}


def percent_of(raw: int, top: int = 255) -> int:
    """Return a register's brightness as percent; never 0 while anything shines."""
    return max(round(raw * 100 / top), 1 if raw else 0)


def raw_of(percent: int, top: int = 255) -> int:
    """Return percent as the register's number."""
    if not 0 <= percent <= 100:  # noqa: PLR2004 - percent
        raise DeviceRefused(f"brightness {percent} is not 0-100")
    return round(percent * top / 100)


def _told(host: Host) -> set[str]:
    try:
        return set(json.loads((host.state_dir / FAULTS_FILE).read_text("utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return set()


def _keep(host: Host, told: set[str]) -> None:
    fresh = host.state_dir / f"{FAULTS_FILE}.new"
    fresh.write_text(json.dumps(sorted(told)), "utf-8")
    fresh.replace(host.state_dir / FAULTS_FILE)
