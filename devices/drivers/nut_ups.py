"""A UPS behind a NUT server (`upsd`): mains or battery, charge, and what its flags complain of.

The address names the UPS if the server has several, and the account if it asks for one:
`tcp://10.0.0.9:3493?ups=hall&user=mon&password_file=/etc/yizhan/ups.password`. Most servers ask for none to be read.
"""

from collections.abc import Callable, Mapping
from typing import ClassVar, Final, TypeVar

from devices.driver import Host, PollingDriver, Scalar, SlotConfig
from devices.errors import ConfigurationError, DeviceLost, DeviceRefused
from devices.faults import Fault, Faults
from devices.kept import Told
from devices.passwords import read_password
from devices.transport import Transport
from protocols.errors import ParsingError
from protocols.frames.nut import (
    ACCOUNT,
    AWAY,
    MAX_LIST_LINES,
    Begin,
    End,
    Err,
    LineDecoder,
    Reply,
    Request,
    Ups,
    Variable,
    flags_of,
    number_of,
    reply_from_line,
)
from protocols.venue.vocabulary import SIGNALS, Kind

#: `upsd` answers from its memory.
ANSWER_TIMEOUT_S: Final = 3.0
DEFAULT_POLL_S: Final = 10.0
_ONLINE, _BATTERY = SIGNALS["mains"]
_MAX_PERCENT: Final = 100

#: Flag -> (name of the fault, what it means); what is no fault is not in here.
FAULTS: Final[Mapping[str, tuple[str, Fault]]] = {
    "LB": ("low_battery", Fault("error", "电池电量低，即将断电")),
    "RB": ("replace_battery", Fault("warning", "电池需要更换")),
    "OVER": ("overload", Fault("error", "负载过大")),
    "BYPASS": ("bypass", Fault("warning", "旁路供电，断电时没有保护")),
    "OFF": ("output_off", Fault("error", "输出已关闭")),
    "FSD": ("shutting_down", Fault("error", "UPS 正在关机")),
    "ALARM": ("alarm", Fault("error", "UPS 报警")),
}
#: Live value -> (variable of NUT, whether it is a whole number).
LIVE: Final[Mapping[str, tuple[str, bool]]] = {
    "charge_percent": ("battery.charge", True),
    "runtime_s": ("battery.runtime", True),
    "load_percent": ("ups.load", True),
    "input_v": ("input.voltage", False),
    "output_v": ("output.voltage", False),
    "temperature_c": ("ups.temperature", False),
}
T = TypeVar("T", bound=Reply)


class NutUpsDriver(PollingDriver):
    """Reads every variable of one UPS each `poll_s` (profile option)."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({"ups"})
    address_options = frozenset({"ups", "user", "password_file"})

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        self.interval_s = float(str(config.options.get("poll_s", DEFAULT_POLL_S)))
        self._ups = transport.options.get("ups", "")
        self._lines = LineDecoder()
        self._waiting: list[bytes] = []
        self._ready = False
        self._faults = Faults()
        self._told = Told("power.changed", "evidence")

    async def poll(self, host: Host) -> None:
        """Read the UPS and hand over what it says."""
        if not self._ready:
            await self._introduce()
        variables = {one.name: one.value for one in await self._list(Variable, "VAR", self._ups)}
        try:
            flags = flags_of(variables.get("ups.status", ""))
        except ParsingError as error:
            raise self.transport.lost(str(error), "protocol") from error
        values = {live: _number(variables, *place) for live, place in LIVE.items()}
        host.live(
            status=" ".join(sorted(flags)), **{name: value for name, value in values.items() if value is not None}
        )
        await self._tell_power(host, flags, values)
        seen = dict(FAULTS[flag] for flag in sorted(flags & FAULTS.keys()))
        await self._faults.see(host, seen)

    async def _tell_power(self, host: Host, flags: frozenset[str], values: Mapping[str, Scalar]) -> None:
        """Sample the mains; a UPS that tests its battery or is off says nothing of them."""
        if "CAL" in flags or "OFF" in flags or not flags & {"OL", "OB"}:
            return
        status = _BATTERY if "OB" in flags else _ONLINE
        host.sample("mains", status)
        others = sorted(flags - {"OL", "OB"})
        measured = {name: values[name] for name in ("charge_percent", "runtime_s") if values[name] is not None}
        await self._told.say(host, {"status": status, "flags": others}, {"status": status, **measured, "flags": others})

    async def _introduce(self) -> None:
        """Log in where the address says how, and find the UPS where it does not say which."""
        options = self.transport.options
        if "user" in options:
            await self._ask(Request(("USERNAME", options["user"])))
        if "password_file" in options:
            await self._ask(Request(("PASSWORD", read_password(options["password_file"]))))
        found = [one.name for one in await self._list(Ups, "UPS")]
        if not self._ups and len(found) == 1:
            self._ups = found[0]
        if self._ups not in found:
            raise ConfigurationError(
                f"{_place(self.transport)}: write which UPS: ?ups=NAME, one of {', '.join(found) or 'none at all'}"
            )
        self._ready = True

    async def _list(self, kind: type[T], *what: str) -> list[T]:
        """Return the lines of one list."""
        first = await self._ask(Request(("LIST", *what)))
        if first != Begin(what):
            raise self._unexpected(first)
        found: list[T] = []
        while (reply := await self._reply()) != End(what):
            if not isinstance(reply, kind) or len(found) >= MAX_LIST_LINES:
                raise self._unexpected(reply)
            found.append(reply)
        return found

    async def _ask(self, request: Request) -> Reply:
        await self.transport.write(request.to_bytes(), timeout_s=ANSWER_TIMEOUT_S)
        reply = await self._reply()
        if isinstance(reply, Err):
            raise self._refused(request, reply)
        return reply

    async def _reply(self) -> Reply:
        while not self._waiting:
            self._waiting += self._lines.feed(await self.transport.read(timeout_s=ANSWER_TIMEOUT_S))
            if self._lines.dropped_total:
                raise self.transport.lost("a line without end came", "protocol")
        try:
            return reply_from_line(self._waiting.pop(0))
        except ParsingError as error:
            raise self.transport.lost(f"what came is not NUT: {error}", "protocol") from error

    def _refused(self, request: Request, refusal: Err) -> Exception:
        text = f"{_place(self.transport)}: {request.words[0]}: {refusal.code}"
        if refusal.code in AWAY:
            return DeviceLost(f"{text}: the server has lost the UPS", "usb")
        kind: Callable[[str], Exception] = DeviceRefused if refusal.code in ACCOUNT else ConfigurationError
        return kind(text)

    def _unexpected(self, reply: Reply) -> DeviceLost:
        return self.transport.lost(f"{type(reply).__name__} came unasked", "protocol")


def _number(variables: Mapping[str, str], name: str, whole: bool) -> Scalar:  # noqa: FBT001 - a row of the table
    found = number_of(variables, name)
    if found is None or not whole:
        return found
    return min(max(round(found), 0), _MAX_PERCENT) if name in {"battery.charge", "ups.load"} else max(round(found), 0)


def _place(transport: Transport) -> str:
    """Return the address without its account."""
    return transport.address.partition("?")[0]
