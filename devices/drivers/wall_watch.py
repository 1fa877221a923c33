"""A camera that looks at a wall: finds the mark of the wall's page, and so proves what people can see (level `seen`).

A look is a glance of a few frames every `look_s`. The mark's text goes to the agent, which knows what the wall should
show; no picture is stored or sent. When looks in a row find no mark that proves it, the level falls back.
"""

from typing import TYPE_CHECKING, ClassVar, Final

from devices.driver import Driver, Host, Json, SlotConfig
from devices.errors import DeviceRefused
from devices.marks import Finder
from devices.transport import Transport, parse_address
from devices.transports.camera import CameraTransport, camera_of
from devices.watermark import MINUTES, Watermark
from protocols.errors import DocumentError
from protocols.venue.ids import check_id
from protocols.venue.vocabulary import Kind

if TYPE_CHECKING:
    from cv2.typing import MatLike as Frame

LOOK_S: Final = 10.0
#: Looks without a proof after which the level falls back; one look may meet somebody who walks through the picture.
MISSES: Final = 3
#: Frames of one look; a whole search of a 1080p frame takes a second or more of one core.
FRAMES: Final = 3


class WallWatchDriver(Driver):
    """Looks at the wall in the slot `wall` (setting), every `look_s`; live: what it sees and how old that is."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({"camera"})

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        if not isinstance(transport, CameraTransport):  # a picture at http://
            transport = camera_of(parse_address(transport.address))
        self._camera = transport
        self._wall, self._look_s = _settings(config.settings)
        self._finder = Finder()
        self._misses = 0
        self._marks: list[Watermark] = []

    async def run(self, host: Host) -> None:
        """Look until cancelled; what the camera refuses or loses ends the run, and with it the level."""
        try:
            async for _ in host.ticks(self._look_s):
                await self._camera.glance(self._judge, FRAMES)
                await self._tell(host)
        finally:
            host.unseen(self._wall)

    async def configure(self, settings: Json) -> None:
        """Look at another wall or at another pace, from the next look on."""
        self._wall, self._look_s = _settings({"wall": self._wall, "look_s": self._look_s, **settings})

    def _judge(self, frame: "Frame") -> bool:
        """Look for marks in a frame, in the camera's thread."""
        self._marks = self._finder.find(frame)
        return bool(self._marks)

    async def _tell(self, host: Host) -> None:
        marks, self._marks = self._marks, []
        proofs = [mark for mark in marks if await host.seen(self._wall, mark.text)]
        self._misses = 0 if proofs else self._misses + 1
        if self._misses >= MISSES:
            host.unseen(self._wall)
        shown = proofs[0] if proofs else marks[0] if marks else None
        host.live(
            state="seen" if proofs else "other" if marks else "none",
            code=shown.code if shown else "",
            age_min=_age(shown, host.epoch_minute()) if shown else None,
            misses=self._misses,
        )


def _settings(values: Json) -> tuple[str, float]:
    try:
        return check_id(str(values.get("wall", "wall"))), float(values.get("look_s", LOOK_S))  # type: ignore[arg-type]
    except (DocumentError, TypeError, ValueError) as error:
        raise DeviceRefused(f"no wall to look at: {error}") from error


def _age(mark: Watermark, now_minute: int) -> int:
    """Return how many minutes old a mark is; below 0 it is ahead of the agent's clock."""
    age = (now_minute - mark.minute) % MINUTES
    return age - MINUTES if age > MINUTES // 2 else age
