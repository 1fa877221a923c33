"""A kiosk's camera for faces: the agent's recogniser looks through it, the slot shows how that is going.

Pictures and templates are in the recogniser's process alone; here are numbers, and why nobody can be recognised.
"""

from typing import ClassVar, Final

from devices.driver import Driver, FacesSeen, Host, Json, SlotConfig
from devices.errors import ConfigurationError
from devices.transport import Transport
from devices.transports.camera import CameraTransport
from devices.transports.video import VideoTransport
from protocols.venue.vocabulary import Kind

#: How soon a slot shows what its recogniser says.
CHECK_S: Final = 2.0


class FaceCameraDriver(Driver):
    """One camera; the agent takes its settings from the twin and begins the recogniser anew when they change."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({"face"})

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        if not isinstance(transport, (CameraTransport, VideoTransport)):
            raise ConfigurationError(
                f"address {transport.address!r} gives no video; write rtsp://10.0.0.64:554/path, video:/dev/video0 or "
                "file:/film.mp4"
            )

    async def run(self, host: Host) -> None:
        """Show what the recogniser says until the camera is lost."""
        async for _ in host.ticks(CHECK_S):
            if isinstance(self.transport, VideoTransport):
                self.transport.look()
            seen = host.faces()
            if seen is not None:
                host.fault(seen.fault)
                host.live(**_values(seen))

    async def configure(self, settings: Json) -> None:
        """Take note: the recogniser is begun with them."""


def _values(seen: FacesSeen) -> dict[str, int | float | str]:
    return {
        "model": seen.model, "people": seen.people, "other_model": seen.other_model, "fmr": seen.fmr,
        "impostor_pairs": seen.impostor_pairs, "licence": seen.licence, "frames": seen.frames,
        "dropped": seen.dropped, "p50_ms": seen.p50_ms, "p95_ms": seen.p95_ms,
    }  # fmt: skip
