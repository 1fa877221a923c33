"""What the plain equipment reports: printers, cameras, power, probes."""

from typing import Annotated, Literal

from pydantic import Field

from protocols.venue.document import Count, Ordinal
from protocols.venue.messages.common import Data

Percent = Annotated[int, Field(ge=0, le=100)]


class MediaChanged(Data):
    """Paper of a printer."""

    level_percent: Percent
    reasons: list[str]


class PrinterFault(Data):
    """Something of a printer is wrong, or right again; `cause` is the word that IPP has for it where there is one."""

    cause: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
    severity: Literal["warning", "error"]
    text: str = ""


class CameraHealthChanged(Data):
    """What the picture of a camera is worth."""

    state: Literal["ok", "frozen", "black", "defocus", "moved", "lost"]


class SnapshotTaken(Data):
    """A masked picture of a camera was kept on the station's own disk for `keep_s`; the picture itself goes nowhere."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    bytes: Ordinal
    width: Ordinal
    height: Ordinal
    keep_s: Ordinal
    #: How many privacy masks lie over it.
    masks: Annotated[int, Field(ge=0, le=16)]
    #: `command`, or the fault that began.
    why: Literal["command", "frozen", "black", "defocus", "moved"]


class PowerChanged(Data):
    """Mains or battery, as a UPS says; `flags` are the words of NUT (`LB`, `RB`, `CHRG`), without OL and OB."""

    status: Literal["online", "battery"]
    #: None: this UPS does not tell.
    charge_percent: Percent | None = None
    runtime_s: Count | None = None
    flags: list[Annotated[str, Field(max_length=16)]] = Field(default_factory=list, max_length=32)


class DeviceFault(Data):
    """Something of a device is wrong, or right again; `cause` is a word of its driver."""

    cause: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    severity: Literal["warning", "error"]
    text: str = ""


class SampleTaken(Data):
    """The test probe's sample: `n` counts from 1 at every start (D25)."""

    n: Ordinal
    pad: str = ""
