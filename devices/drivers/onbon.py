"""Onbon BX-Y cards over HTTP: power, brightness, a text, a picture of what is shown, and their sensors.

`http://192.168.0.199?user=guest&password_file=/etc/yizhan/wall.password`; the factory's account is guest with guest.
"""

import asyncio
import hashlib
from typing import Any, ClassVar, Final

from devices.driver import Host, Json, SlotConfig
from devices.errors import ConfigurationError, DeviceRefused
from devices.passwords import read_password
from devices.search import Search
from devices.transport import Transport
from devices.transports.http import HttpTransport
from devices.wall_cabinet import CabinetDriver, percent_of, raw_of
from devices.walls import WallState
from protocols.errors import ParsingError
from protocols.frames.onbon import (
    HUMIDITY,
    PORT,
    SMOKE,
    TEMPERATURE,
    Answer,
    Call,
    Code,
    Failure,
    Text,
    from_bytes,
    password_of,
    path_of,
    sensors_of,
)
from protocols.frames.onbon import SEARCH as SEARCH_CALL

#: A card on a LAN answers within 100 ms; a driver that waits longer would be late for its next sample.
ANSWER_TIMEOUT_S: Final = 3.0
FACTORY_USER: Final = "guest"
FACTORY_PASSWORD: Final = "guest"  # noqa: S105 - the factory's, printed in the vendor's papers
#: Wait for a picture at most this long, whatever a card says that it needs.
MAX_PICTURE_S: Final = 60
PICTURE_FILE: Final = "screenshot.png"
#: Where cards put their pictures, as far as is known.
PICTURE_PATH: Final = "share/screen.png"
_BULLETIN: Final = "yizhan"
_ON: Final = frozenset({"on", "1"})
_OK: Final = 200


def _found(datagram: bytes) -> Json | None:
    """Return what a card says of itself in its answer to the search."""
    try:
        said = from_bytes(datagram)
    except ParsingError:
        return None
    return {"pid": said.card.pid, "barcode": said.card.barcode} if isinstance(said, Answer) else None


SEARCH: Final = Search(SEARCH_CALL.to_bytes(), PORT, "http", 80, _found)


class OnbonDriver(CabinetDriver):
    """One card; a text is a dynamic area over the whole screen or, if the profile says so, a bulletin on top."""

    address_options: ClassVar[frozenset[str] | None] = frozenset({"user", "password_file"})

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        self._bulletins = config.options.get("text") == "bulletin"
        if config.options.get("text", "dynamic") not in ("dynamic", "bulletin"):
            raise ConfigurationError(f"options of an Onbon card: text {config.options['text']!r}")
        self._turn = asyncio.Lock()
        self._session: str | None = None

    async def read_state(self, host: Host) -> WallState:  # noqa: ARG002 - the contract
        """Ask for the screen's properties, what is playing and the sensors."""
        screen = await self._properties("screenonoffstatus", "brightness", "screenlockedstatus")
        playing = await self._playing()
        measured = await self._sensors()
        smoke = measured.get(SMOKE)
        try:
            percent = percent_of(int(screen["brightness"]))
        except (KeyError, ValueError) as error:
            raise self.transport.lost(f"a brightness that is none: {screen}") from error
        return WallState(
            power=screen.get("screenonoffstatus") in _ON,
            brightness=percent,
            blackout=False,
            frozen=screen.get("screenlockedstatus") in _ON,
            input=playing or None,
            input_valid=bool(playing),
            temperature_c=measured.get(TEMPERATURE),
            smoke=None if smoke is None else smoke > 0,
        )

    async def set_power(self, *, on: bool) -> None:
        """Switch the screen."""
        await self._call("screenOnOff", {"screenonoffstatus": "on" if on else "off"})

    async def set_brightness(self, percent: int) -> None:
        """Shine so, by hand; the card's own schedules are ours to keep."""
        if percent < 1:
            raise DeviceRefused("this card shines at 1 % or is switched off")
        await self._call("systemBrightness", {"brightness": str(raw_of(percent)), "changemode": "yes"})

    async def set_frozen(self, *, on: bool) -> None:
        """Lock the screen to what it shows, or unlock it."""
        await self._call("lockScreen", {"screenlockedstatus": "on" if on else "off"})

    async def show_text(self, text: str) -> None:
        """Show a text over the program; an empty one ends it."""
        if not text:
            await self._end_text()
            return
        screen = await self._properties("width", "height")
        try:
            shown = Text(int(screen["width"]), int(screen["height"]))
        except (KeyError, ValueError) as error:
            raise self.transport.lost(f"a screen without size: {screen}") from error
        if not self._bulletins:
            call = shown.dynamic(text)
            await self._call(call.name, call.given)
            return
        call = shown.bulletin(_BULLETIN, text)
        await self._call(call.name, call.given)
        await self._call("playBulletin")

    async def screenshot(self, host: Host) -> Json:
        """Have the card take a picture of what it shows, wait for it, fetch and keep it."""
        screen = await self._properties("width", "height")
        size = {"picwidth": screen.get("width", ""), "picheight": screen.get("height", "")}
        before = await self._written(PICTURE_PATH)
        answer = await self._call("screenCapture", {"suffix": "png", "framecount": "1", **size})
        name = str(answer.output.get("filepath", PICTURE_PATH))
        await self._wait_for(name, before if name == PICTURE_PATH else "", host)
        got = await self._http.request("GET", "/" + name.lstrip("/"), timeout_s=ANSWER_TIMEOUT_S)
        if got.status != _OK:
            raise DeviceRefused(f"the card took {name} and does not hand it out: {got.status}")
        (host.state_dir / PICTURE_FILE).write_bytes(got.body)
        return {"file": PICTURE_FILE, "bytes": len(got.body), "sha256": hashlib.sha256(got.body).hexdigest()}

    async def health(self) -> Json:
        """Return humidity and what the card is."""
        card = await self._properties("controllertype", "firmwareversion")
        return {"humidity_percent": (await self._sensors()).get(HUMIDITY), **card}

    @property
    def _http(self) -> HttpTransport:
        if not isinstance(self.transport, HttpTransport):
            raise ConfigurationError(f"address {self.transport.address!r}: write http://host")
        return self.transport

    async def _end_text(self) -> None:
        if self._bulletins:
            await self._call("stopBulletin")
            await self._call("deleteBulletin", {"items": ["0"]})
        else:
            await self._call("clearDynamic", {"id": ["*"]})

    async def _properties(self, *names: str) -> dict[str, str]:
        answer = await self._call("getProperty", dict.fromkeys(names, ""))
        return {name: str(value) for name, value in answer.output.items()}

    async def _playing(self) -> str:
        """Return the program that is playing, empty when none is or the player is broken."""
        try:
            answer = await self._call("checkPlayer")
        except _Failed as error:
            if error.code == Code.PLAYER:
                return ""
            raise
        return str(answer.output.get("programname") or answer.output.get("programlist") or "")

    async def _sensors(self) -> dict[int, float]:
        try:
            answer = await self._call("listSensor")
            return {one.function: one.value for one in sensors_of(answer) if one.value is not None}
        except ParsingError as error:
            raise self.transport.lost(str(error)) from error

    async def _wait_for(self, name: str, before: str, host: Host) -> None:
        """Return when the card has written the file anew."""
        waited_s = 0
        async for _ in host.ticks(1.0):
            if await self._written(name) not in ("", before):
                return
            waited_s += 1
            if waited_s > MAX_PICTURE_S:
                raise DeviceRefused(f"no picture within {MAX_PICTURE_S} s")

    async def _written(self, name: str) -> str:
        """Return when a file of the card was written, in the card's words; empty without such a file."""
        answer = await self._call("findFile", {"items": [{"filename": name}]})
        files = answer.output.get("items", [])
        there = [one for one in files if isinstance(one, dict)] if isinstance(files, list) else []
        return "".join(str(one.get("mtime", "")) for one in there if str(one.get("size", "0")) != "0")

    async def _call(self, name: str, given: Json | None = None) -> Answer:
        """Run one remote function; logs in first and, when the card has forgotten us, once more."""
        async with self._turn:
            if self._session is None:
                self._session = await self._log_in()
            try:
                return await self._ask(path_of(self._session), name, given)
            except _Failed as error:
                if error.code != Code.EXPIRED:
                    raise
            self._session = await self._log_in()
            return await self._ask(path_of(self._session), name, given)

    async def _log_in(self) -> str:
        code = (await self._ask("/", "getVerificationCode")).output.get("verificationcode", "")
        user, password = self.transport.options.get("user", FACTORY_USER), self._password()
        given = {"username": user, "verificationcode": code, "password": password_of(str(code), password)}
        answer = await self._ask("/", "userLogin", given)
        return str(answer.output.get("sessionid", ""))

    def _password(self) -> str:
        path = self.transport.options.get("password_file")
        if path is None:
            return FACTORY_PASSWORD
        return read_password(path)

    async def _ask(self, path: str, name: str, given: Json | None = None) -> Answer:
        got = await self._http.request("POST", path, Call(name, given).to_bytes(), timeout_s=ANSWER_TIMEOUT_S)
        try:
            said: Any = from_bytes(got.body)
        except ParsingError as error:
            raise self.transport.lost(f"{name}: status {got.status}, {error}") from error
        if isinstance(said, Failure):
            raise _Failed(said)
        if not isinstance(said, Answer) or said.name.lower() != name.lower():
            raise self.transport.lost(f"the answer to {name} is one to {said.name}")
        return said


class _Failed(DeviceRefused):
    """A call that the card refused."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.name}: {failure.text or 'refused'} (code {failure.code})")
        self.code = failure.code
