"""The status of a display connector as the kernel knows it: is there a cable with something at its other end."""

from pathlib import Path
from typing import Final, Literal

#: One folder per connector, such as `card0-HDMI-A-1`, with a file `status` (Linux DRM, sysfs ABI).
DRM: Final = Path("/sys/class/drm")
Status = Literal["connected", "disconnected", "unknown"]


def connector_status(name: str, folder: Path = DRM) -> Status:
    """Return the status of a connector named as `HDMI-A-1` (or with its card in front); `unknown` if there is none."""
    for file in sorted(folder.glob(f"*{name}/status")):
        if file.parent.name in {name, f"{file.parent.name.partition('-')[0]}-{name}"}:
            try:
                said = file.read_text("ascii", errors="replace").strip()
            except OSError:
                return "unknown"
            return "connected" if said == "connected" else "disconnected" if said == "disconnected" else "unknown"
    return "unknown"
