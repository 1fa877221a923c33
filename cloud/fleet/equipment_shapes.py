"""What REST answers and takes of equipment and work orders, beside the drafts (cloud/fleet/equipment_drafts.py)."""

from typing import Annotated, Literal

from pydantic import Field

from cloud.fleet.equipment import MAX_PAGE
from cloud.fleet.equipment_rules import State
from cloud.platform.paging import Cursor
from cloud.platform.shapes import DIGITS, Asked, Day, SearchText, Shape, Time, UuidText

OrderState = Literal["open", "given", "taken", "done", "closed"]


class EquipmentShown(Shape):
    """A piece of equipment; `slot_state` is that of the slot it fills, `repair` its open work order."""

    id: UuidText
    number: str
    station: str
    place: str
    item: str
    name: str
    model: str
    serial: str
    supplier: str
    profile: str
    slot: str | None
    slot_state: str | None
    width_mm: int | None
    height_mm: int | None
    price_fen: int | None
    bought_on: Day | None
    installed_on: Day | None
    warranty_until: Day | None
    state: State
    note: str
    repair: UuidText | None


class EquipmentQuery(Asked):
    """Pieces in the order of their numbers; `cursor` is the number before."""

    station: Annotated[str, Field(max_length=32)] = ""
    item: Annotated[str, Field(max_length=24)] = ""
    state: State | None = None
    q: SearchText = ""
    cursor: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE), DIGITS] = 50


class MoveShown(Shape):
    """One line of a piece's history."""

    what: str
    state: State
    station: str
    slot: str | None
    other: UuidText | None
    note: str
    by: str
    at: Time


class SwapShown(Shape):
    """Both pieces after a swap."""

    old: EquipmentShown
    new: EquipmentShown


class RowReport(Shape):
    """What became of a row of a spreadsheet."""

    row: int
    result: str
    errors: list[dict[str, str]]


class ImportReport(Shape):
    """What became of a spreadsheet."""

    added: int
    changed: int
    bad: int
    rows: list[RowReport]


class ClauseShown(Shape):
    """What the register knows of one item of A2.1-A2.5; `works` null: nobody can tell."""

    clause: str
    item: str
    name: str
    present: int
    working: int
    unknown: int
    area_m2: float | None
    min_area_m2: float | None
    works: bool | None


class RepairShown(Shape):
    """A work order; `works_again` null: it has no slot, a person must say it."""

    id: UuidText
    number: str
    source: Literal["fault", "report"]
    station: str
    slot: str
    kind: str
    equipment: UuidText | None
    fault: str
    text: str
    state: OrderState
    owner: str | None
    opened_by: str
    opened_at: Time
    faulty_since: Time
    accept_due_at: Time
    repair_due_at: Time
    taken_at: Time | None
    done_at: Time | None
    good_at: Time | None
    closed_at: Time | None
    finding: str
    parts: str
    cost_fen: int
    reason: str
    faults: int
    reopened: int
    works_again: bool | None


class RepairsQuery(Asked):
    """Orders, the newest first; `state` open: all that are not closed. `cursor` is the number before."""

    state: OrderState | None = None
    equipment: UuidText | None = None
    mine: Literal["", "1"] = ""
    cursor: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE), DIGITS] = 50


class StepShown(Shape):
    """One line of an order's history."""

    act: str
    by: str
    to: str | None
    note: str
    at: Time


class KeptShown(Shape):
    """Repairs of a kind or of a piece; `mttr_minutes` null: nothing was repaired yet."""

    name: str
    faults: int
    open: int
    reopened: int
    late: int
    cost_fen: int
    mttr_minutes: int | None


class KeptQuery(Asked):
    """A time of days, both included."""

    from_: Annotated[Day | None, Field(alias="from")] = None
    to: Day | None = None


class StatisticsShown(Shape):
    """Repairs of a time."""

    total: KeptShown
    kinds: list[KeptShown]
    pieces: list[KeptShown]


class LabelsQuery(Asked):
    """Which labels: of a station, or up to a hundred pieces named; `skip` labels of the first sheet are used up."""

    station: Annotated[str, Field(max_length=32)] = ""
    ids: Annotated[str, Field(max_length=3_700, pattern=r"^[0-9a-f,-]*$")] = ""
    grid: Annotated[str, Field(max_length=8)] = "3x8"
    skip: Annotated[int, Field(ge=0, le=200), DIGITS] = 0
