"""The fault script of a simulated fleet: a TOML file that says what happens to which station when."""

import tomllib
from pathlib import Path
from typing import Annotated, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.errors import EdgeError
from protocols.venue.document import first_error

Kind = Literal[
    "link_cut", "clock_jump", "duplicate", "reorder", "oversize", "wrong_station", "disk_full"
]  # fmt: skip
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
MAX_FAULTS: Final = 10_000


class BadScript(EdgeError):  # noqa: N818
    """The fault script cannot be read; the text says where."""


class Fault(BaseModel):
    """One fault, `at_s` after the start of the load, lasting `seconds`; station 0 is every one, else its number.

    `offset_s` is how far a clock jumps; it jumps back when the fault ends.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    kind: Kind
    at_s: Annotated[float, Field(ge=0)]
    seconds: Annotated[float, Field(gt=0, le=3_600)] = 5.0
    station: Annotated[int, Field(ge=0)] = 0
    offset_s: Annotated[float, Field(ge=-31_536_000, le=31_536_000)] = 7_200.0


class Script(BaseModel):
    """All faults of one run."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    faults: Annotated[list[Fault], Field(max_length=MAX_FAULTS)] = Field(default_factory=list)

    def of(self, number: int) -> list[Fault]:
        """Return the faults of one station, the earliest first."""
        return sorted((one for one in self.faults if one.station in {0, number}), key=lambda one: one.at_s)


def read_script(path: Path) -> Script:
    """Return the script in a file of `[[faults]]` tables."""
    try:
        return Script.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadScript(f"{path}: {error}") from error
    except ValidationError as error:
        raise BadScript(f"{path}: {first_error(error)}") from error
