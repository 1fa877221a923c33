"""What is wished for a camera, from the settings of its profile: pace, limits, who asks, what is hidden."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from devices.cameras.judge import Limits
from devices.driver import Json
from devices.errors import ConfigurationError, DeviceRefused
from protocols.frames.rtsp import Credentials

#: A polygon has at least a triangle's corners.
MIN_CORNERS: Final = 3
MAX_CORNERS: Final = 16
MAX_POLYGONS: Final = 16
#: Bytes of a password's file.
MAX_SECRET_BYTES: Final = 256
#: Where secrets lie when the agent is no service of systemd (`LoadCredential=` sets $CREDENTIALS_DIRECTORY).
SECRETS: Final = Path("/etc/yizhan/secrets")
_HOURS: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
#: A secret, a detector.
NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")

Polygons = tuple[tuple[tuple[float, float], ...], ...]


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """Judged settings; `who` None: the user of the address."""

    sample_s: float = 5.0
    limits: Limits = field(default_factory=Limits)
    masks: Polygons = ()
    dark: tuple[int, int] | None = None
    snapshot_on_fault: bool = False
    keep_hours: int = 24
    who: Credentials | None = None

    def is_dark_time(self, minute_of_day: int) -> bool:
        """Return whether nobody needs light at a minute of the day."""
        if self.dark is None:
            return False
        begin, end = self.dark
        return begin <= minute_of_day < end if begin <= end else minute_of_day >= begin or minute_of_day < end


def settings_of(values: Json) -> CameraSettings:
    """Return judged settings; DeviceRefused says what is wrong."""
    given: Any = values
    usual = CameraSettings()
    try:
        return CameraSettings(
            sample_s=float(given.get("sample_s", usual.sample_s)),
            limits=Limits(**{name: int(given[name]) for name in Limits.__slots__ if name in given}),
            masks=masks_of(str(given.get("masks", ""))),
            dark=_hours(str(given.get("dark_hours", ""))),
            snapshot_on_fault=bool(given.get("snapshot_on_fault", False)),
            keep_hours=int(given.get("keep_hours", usual.keep_hours)),
            who=who_of(str(given.get("user", "")), str(given.get("secret", ""))),
        )
    except (TypeError, ValueError) as error:
        raise DeviceRefused(f"settings of a camera: {error}") from error


def masks_of(text: str) -> Polygons:
    """Return polygons of `x,y x,y x,y; …` with shares 0-1 of the picture; ValueError says what to write."""
    polygons = []
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        corners = tuple(corner_of(pair) for pair in part.split())
        if not MIN_CORNERS <= len(corners) <= MAX_CORNERS:
            raise ValueError(f"a mask has {MIN_CORNERS} to {MAX_CORNERS} corners, not {len(corners)}: {part[:60]!r}")
        polygons.append(corners)
    if len(polygons) > MAX_POLYGONS:
        raise ValueError(f"more than {MAX_POLYGONS} masks")
    return tuple(polygons)


def corner_of(pair: str) -> tuple[float, float]:
    """Return a point of `x,y`, shares of the picture; ValueError."""
    x, comma, y = pair.partition(",")
    corner = (float(x), float(y)) if comma else (-1.0, -1.0)
    if not all(0 <= share <= 1 for share in corner):
        raise ValueError(f"{pair[:20]!r} is no corner; write shares of the picture, e.g. 0.25,0.5")
    return corner


def _hours(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    found = _HOURS.fullmatch(text)
    if found is None:
        raise ValueError(f"dark_hours {text[:20]!r}: write e.g. 22:00-06:00")
    begin_h, begin_min, end_h, end_min = (int(part) for part in found.groups())
    return begin_h * 60 + begin_min, end_h * 60 + end_min


def who_of(user: str, secret: str) -> Credentials | None:
    """Return who asks the camera, None: whom its address names; ValueError, ConfigurationError."""
    if not secret:
        return Credentials(user, "") if user else None
    if NAME.fullmatch(secret) is None:
        raise ValueError("a secret is named by small letters, digits and hyphens")
    return Credentials(user, _secret(Path(os.environ.get("CREDENTIALS_DIRECTORY") or SECRETS) / secret))


def _secret(path: Path) -> str:
    """Return the text of a file that only the agent's account need read; it is in no setting, message or log."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_SECRET_BYTES).decode("utf-8").strip()
    except OSError as error:
        raise ConfigurationError(f"secret {path.name!r} cannot be read at {path.parent}: {error.strerror}") from error
