"""A wall that is a browser page on HDMI: the page says what it has painted, its pixels and its cable are looked at.

Options of the address: `renderer=chromium` (the agent runs the browser), `headless=yes` and `size=1920x1080` (for a
machine without a display), `devtools=9222` (a browser that somebody else runs), `connector=HDMI-A-1` (the display's
connector), `drm=/path` (where connectors are looked up; for tests).
"""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Final

from devices.driver import Fault, Host, PollingDriver, ScreenBeat, SlotConfig
from devices.errors import ConfigurationError
from devices.renderer import COMES_S
from devices.renderer.connector import DRM, connector_status
from devices.together import together
from devices.transport import Transport
from devices.watermark import CODE_DIGITS
from protocols.venue.vocabulary import Kind

#: How often the page is judged (table of signals: wall 30/75/10).
SAMPLE_S: Final = 10.0
#: The page beats every two seconds, later on a busy machine; a picture that has not moved for this long is not shown.
ALIVE_S: Final = 25.0
#: A page shows new content within a second; one that still shows the old after this long has a fault.
STALE_S: Final = 20.0

_SIZE: Final = re.compile(r"(\d{2,5})x(\d{2,5})")


class WallPageDriver(PollingDriver):
    """`on` while beats are younger than ALIVE_S, their frame counter moves, pixels are right and the cable is in.

    Before the first beat nothing is known and nothing is said. Ages are real seconds, whatever the agent's clock does.
    """

    kinds: ClassVar[frozenset[Kind]] = frozenset({"wall"})
    address_options = frozenset({"renderer", "headless", "size", "devtools", "connector", "drm"})

    def __init__(
        self, config: SlotConfig, transport: Transport, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(config, transport)
        self.interval_s = SAMPLE_S
        self._monotonic = monotonic
        self._began_at_s = monotonic()
        self._frames: int | None = None
        self._moved_at_s: float | None = None
        self._first_at_s = 0.0
        options = transport.options
        self._connector = options.get("connector", "")
        self._drm = Path(options.get("drm", DRM))
        self._browser = _browser_options(config.address, options.get("renderer"), dict(options))
        self._devtools = _port(config.address, options.get("devtools"))
        #: What the pixels last showed, None before the first look and where nobody looks.
        self._pixels: Fault | None = None
        self._probed = ""
        self._restarts = 0

    async def run(self, host: Host) -> None:
        """Judge the page until cancelled, and run or watch its browser where the address says so."""
        if self._browser is None and self._devtools is None:
            await super().run(host)
        else:
            await together(judge=super().run(host), renderer=self._keep_renderer(host))

    async def poll(self, host: Host) -> None:
        """Judge the last beat, the pixels and the cable."""
        beat = host.screen()
        self._take(beat)
        cable = connector_status(self._connector, self._drm) if self._connector else None
        fault = self._fault(beat, cable)
        known = beat is not None and (self._moved_at_s is not None or fault is not None)
        if not known and fault is None:
            return  # one beat does not show movement yet
        host.fault(fault)
        on = fault is None or fault.name == "stale"
        host.sample("wall", "on" if on else "off")
        host.live(
            wall="on" if on else "off",
            frames=beat.frames if beat else 0,
            content=beat.content if beat else "",
            beat_age_s=round(beat.age_s, 1) if beat else None,
            fault=fault.name if fault else None,
            **({"connector": cable} if cable else {}),
            **({"restarts": self._restarts} if self._browser is not None else {}),
        )
        if fault is None and beat is not None and self._probed == beat.content:
            await host.proved("rendered", "pixels")
        if fault is None and cable == "connected":
            await host.proved("driven", "connector")

    def _take(self, beat: ScreenBeat | None) -> None:
        """Note whether the page's frame counter moves."""
        if beat is None:
            return
        now_s = self._monotonic()
        if self._frames is None:
            self._first_at_s = now_s
        elif beat.frames != self._frames:
            self._moved_at_s = now_s - beat.age_s
        self._frames = beat.frames

    def _fault(self, beat: ScreenBeat | None, cable: str | None) -> Fault | None:
        """Return what is wrong, nearest to the eye first."""
        if cable == "disconnected":
            return Fault("cable", "unplugged", f"nothing is plugged into {self._connector}")
        return self._pixels or (self._said(beat) if beat else self._nothing_came())

    def _said(self, beat: ScreenBeat) -> Fault | None:
        """Return what the page's own beats show to be wrong."""
        shown = beat.content[:CODE_DIGITS] or "nothing"
        checks = (
            (beat.age_s >= ALIVE_S, "frozen", f"the page has been silent for {beat.age_s:.0f} s"),
            (not self._moves(), "frozen", f"the page has painted nothing for {ALIVE_S:g} s"),
            (not beat.visible, "hidden", "the page is not in front, or paints no frames"),
            (
                beat.content != beat.expected and beat.expected_s >= STALE_S,
                "stale",
                f"the page shows {shown}, for {beat.expected_s:.0f} s it should show {beat.expected[:CODE_DIGITS]}",
            ),
        )
        return next((Fault(name, "driver", text) for is_bad, name, text in checks if is_bad), None)

    def _nothing_came(self) -> Fault | None:
        late = self._browser is not None and self._monotonic() - self._began_at_s > COMES_S
        return Fault("frozen", "driver", f"no page has come for {COMES_S:g} s") if late else None

    def _moves(self) -> bool:
        """Return whether frames were painted lately, or it is too early to say."""
        now_s = self._monotonic()
        if self._moved_at_s is None:
            return now_s - self._first_at_s < ALIVE_S
        return now_s - self._moved_at_s < ALIVE_S

    async def _keep_renderer(self, host: Host) -> None:
        from devices.renderer.watchdog import Verdict, Watchdog  # noqa: PLC0415 - brings an HTTP client

        async def tell(verdict: Verdict) -> None:
            self._probed = "" if verdict.fault else verdict.content
            self._pixels = Fault(verdict.fault, "driver", verdict.text) if verdict.fault else None
            await self.poll(host)

        async def tell_restart(fault: str, text: str, pause_s: float) -> None:
            self._restarts = watchdog.restarts.total
            said = {"fault": fault, "text": text, "restarts": self._restarts, "waited_s": round(pause_s)}
            await host.event("renderer.restarted", said)

        def unwell(running_s: float) -> Verdict | None:
            beat = host.screen()
            self._take(beat)
            came = beat is not None and beat.age_s < running_s
            said = self._said(beat) if came and beat else None
            if not came and running_s > COMES_S:
                said = Fault("frozen", "driver", f"the page has not come within {COMES_S:g} s")
            return Verdict(said.name, said.text) if said else None

        watchdog = Watchdog(host.page_url, tell, tell_restart, unwell)
        if self._browser is not None:
            await watchdog.keep(host.state_dir / "chromium", self._browser)
        elif self._devtools is not None:
            await watchdog.follow(self._devtools)


def _browser_options(address: str, renderer: str | None, options: dict[str, str]) -> list[str] | None:
    """Return the flags of the browser that we run, None if we run none."""
    if renderer is None:
        return None
    if renderer != "chromium" or "devtools" in options:
        raise ConfigurationError(f"address {address!r}: write renderer=chromium, or devtools=PORT of one that runs")
    found = []
    if options.get("headless") == "yes":
        found += ["--headless=new", "--disable-gpu"]
    if "size" in options:
        size = _SIZE.fullmatch(options["size"])
        if size is None:
            raise ConfigurationError(f"address {address!r}: size is WIDTHxHEIGHT in pixels, such as 1920x1080")
        found.append(f"--window-size={size[1]},{size[2]}")
    return found


def _port(address: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdecimal() or not 0 < int(text) < 1 << 16:
        raise ConfigurationError(f"address {address!r}: devtools is a port of this machine")
    return int(text)
