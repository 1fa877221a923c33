"""What is asked of the register and of work orders: one model each for forms, REST and spreadsheets."""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from cloud.fleet.equipment_rules import State, items
from cloud.platform.inputs import CalendarDay, text
from cloud.platform.shapes import Asked, UuidText

#: The largest wall and the dearest machine that are believed.
MAX_MM: Final = 50_000
MAX_FEN: Final = 10_000_000_000
Size = Annotated[int, Field(ge=1, le=MAX_MM)]
Fen = Annotated[int, Field(ge=0, le=MAX_FEN)]
#: An asset number: what a label can hold and a hand can type.
Number = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{1,31}$")]
Act = Literal["give", "take", "note", "done", "close"]


class EquipmentDraft(Asked):
    """One piece of equipment; without a number it is given one."""

    number: Number | None = None
    station: Annotated[str, text(32, 1)]
    place: Annotated[str, text(60)] = ""
    item: Annotated[str, text(24, 1)]
    name: Annotated[str, text(80, 1)]
    model: Annotated[str, text(80)] = ""
    serial: Annotated[str, text(80)] = ""
    supplier: Annotated[str, text(120)] = ""
    profile: Annotated[str, text(64)] = ""
    slot: Annotated[str, text(32)] | None = None
    width_mm: Size | None = None
    height_mm: Size | None = None
    price_fen: Fen | None = None
    bought_on: CalendarDay | None = None
    installed_on: CalendarDay | None = None
    warranty_until: CalendarDay | None = None
    state: State = "use"
    note: Annotated[str, text(300)] = ""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.item not in items():
            raise ValueError("设备类别不在清单中")
        if (self.width_mm is None) != (self.height_mm is None):
            raise ValueError("宽和高请一起填写")
        if self.slot and self.state != "use":
            raise ValueError("只有在用的设备可以占用设备位")
        if self.bought_on and self.warranty_until and self.warranty_until < self.bought_on:
            raise ValueError("保修期不能早于购置日期")
        return self


class StateAsked(Asked):
    """What becomes of a piece; one that is no longer in use leaves its slot."""

    state: State
    slot: Annotated[str, text(32)] | None = None
    note: Annotated[str, text(300)] = ""


class SwapAsked(Asked):
    """The piece that takes the place of another one, and what becomes of that."""

    new: UuidText
    old_state: Literal["spare", "repair", "scrapped"] = "repair"
    note: Annotated[str, text(300)] = ""


class ReportAsked(Asked):
    """A fault that a person saw."""

    text: Annotated[str, text(300, 2)]


class ActAsked(Asked):
    """One step of a work order; which fields it needs is the step's business."""

    act: Act
    to: Annotated[str, text(80)] = ""
    note: Annotated[str, text(500)] = ""
    parts: Annotated[str, text(300)] = ""
    cost_fen: Fen | None = None
