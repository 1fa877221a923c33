"""The register as spreadsheets and as labels: export, an empty file, import with a report by row, QR labels on A4."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from pydantic import ValidationError

from cloud.fleet.equipment import create_equipment, update_equipment
from cloud.fleet.equipment_drafts import EquipmentDraft
from cloud.fleet.equipment_models import Equipment
from cloud.fleet.equipment_rules import items
from cloud.platform import spreadsheets
from cloud.platform.core import Core
from cloud.platform.database import transaction
from cloud.platform.errors import CloudError, ConflictError, InvalidInputError, NotFoundError
from cloud.platform.papers import Field, Sheet, typeset, workbook
from cloud.platform.qr import svg_of
from cloud.platform.shapes import field_errors
from cloud.platform.spreadsheets import Layout, text_of

#: Rows of one file; a city has some hundred pieces.
MAX_ROWS: Final = 2_000
#: Labels of one sheet of paper after the other.
MAX_LABELS: Final = 1_000
SHEET: Final = "设备台账"
#: Head -> field of the draft, in the order of the file.
COLUMNS: Final[Mapping[str, str]] = {
    "资产编号": "number", "站点编号": "station", "位置": "place", "类别": "item", "名称": "name", "型号": "model",
    "序列号": "serial", "供应商": "supplier", "设备档案": "profile", "设备位": "slot", "宽（毫米）": "width_mm",
    "高（毫米）": "height_mm", "价格（元）": "price_fen", "购置日期": "bought_on", "安装日期": "installed_on",
    "保修至": "warranty_until", "状态": "state", "备注": "note",
}  # fmt: skip
HEADS: Final = tuple(COLUMNS)
LAYOUT: Final = Layout(SHEET, HEADS, MAX_ROWS)
STATE_WORDS: Final = {"use": "在用", "spare": "备用", "repair": "维修中", "scrapped": "报废"}
_STATES: Final = {word: state for state, word in STATE_WORDS.items()}
_NUMBERS: Final = frozenset({"width_mm", "height_mm"})
_ABSENT: Final = frozenset({"number", "slot", *_NUMBERS, "price_fen", "bought_on", "installed_on", "warranty_until"})
_FEN: Final = 100
_HEAD_OF: Final = {name: head for head, name in COLUMNS.items()}


class _JudgedError(CloudError):
    """A file was only to be judged: what it did is undone."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet of labels as shops sell them, in millimetres."""

    columns: int
    rows: int
    width: float
    height: float
    left: float
    top: float


#: Name -> A4 label sheet.
GRIDS: Final[Mapping[str, Grid]] = {
    "3x8": Grid(3, 8, 70, 37, 0, 0.5),
    "2x7": Grid(2, 7, 99.1, 38.1, 5.9, 15.1),
    "5x13": Grid(5, 13, 38.1, 21.2, 9.7, 10.7),
}


@dataclass(slots=True)
class Imported:
    """What became of a file: the words of each row by its number, errors by row, how many are new and changed."""

    rows: list[tuple[int, Sequence[object]]] = field(default_factory=list)
    words: dict[int, str] = field(default_factory=dict)
    errors: dict[int, list[dict[str, str]]] = field(default_factory=dict)
    added: int = 0
    changed: int = 0


async def to_xlsx(core: Core, rows: Iterable[Equipment]) -> bytes:
    """Return pieces as a file that can be imported again."""
    kinds = {"width_mm": "int", "height_mm": "int", "price_fen": "money"}
    fields = tuple(Field(head, kinds.get(name, "text"), 16) for head, name in COLUMNS.items())  # type: ignore[arg-type]
    sheet = Sheet(SHEET, fields, [_cells(row) for row in rows])
    return await workbook([sheet], made_at=core.now(), title=SHEET)


async def to_labels(core: Core, rows: Sequence[Equipment], address: str, grid: str, skip: int = 0) -> bytes:
    """Return labels as PDF; `address` is where the core is reached, `skip` labels of the first sheet are used up."""
    if len(rows) > MAX_LABELS:
        raise InvalidInputError(f"一次最多打印 {MAX_LABELS} 张标签", {"ids": "太多"})
    chosen = GRIDS.get(grid)
    if chosen is None:
        raise InvalidInputError("没有这种标签纸", {"grid": f"{'、'.join(GRIDS)}"})
    labels = [
        {"number": row.number, "name": row.name, "where": " · ".join(filter(None, (row.station, row.place))),
         "qr": svg_of(f"{address}/e/{row.number}", row.number)}
        for row in rows
    ]  # fmt: skip
    shape = {name: getattr(chosen, name) for name in ("columns", "rows", "width", "height", "left", "top")}
    data = {**shape, "skip": skip % (chosen.columns * chosen.rows), "labels": labels}
    return await typeset("fleet/labels", data, made_at=core.now(), tagged=False)


async def import_rows(
    core: Core, data: bytes, *, by: str, may: Callable[[str], bool] | None = None, keep: bool = True
) -> Imported:
    """Bring the rows of a file in (`keep` false: only judge them); a row that does not fit leaves the others alone.

    A row with a number that is known corrects that piece. `may(station)` says whose stations the caller sees.
    """
    found = Imported()
    with suppress(_JudgedError):
        async with transaction():
            await _import_all(core, data, found, by=by, may=may)
            if not keep:  # everything was done as it would be, and is undone
                raise _JudgedError
    if not keep:
        found.words = {
            number: f"将{words}" if number not in found.errors else words for number, words in found.words.items()
        }
    return found


async def _import_all(core: Core, data: bytes, found: Imported, *, by: str, may: Callable[[str], bool] | None) -> None:
    seen: set[str] = set()
    for number, cells in spreadsheets.read_rows(data, LAYOUT):
        found.rows.append((number, cells))
        try:
            draft = draft_of(cells)
            _check(draft, seen, may)
            found.words[number] = await _bring(core, draft, found, by=by)
        except (InvalidInputError, ConflictError, NotFoundError) as error:
            found.errors[number] = _errors(error)
            found.words[number] = "未导入"


def report_of(found: Imported) -> bytes:
    """Return the file as it was sent, errors beside the cells."""
    return spreadsheets.report(LAYOUT, found.rows, found.errors, found.words)


def draft_of(cells: Sequence[object]) -> EquipmentDraft:
    """Return a row as a draft; InvalidInputError names the columns that do not fit."""
    texts = dict(zip(COLUMNS.values(), map(text_of, cells), strict=False))
    values = {name: _value(name, text) for name, text in texts.items() if text or name not in _ABSENT}
    values["state"] = values.get("state") or "use"
    try:
        return EquipmentDraft.model_validate(values)
    except ValidationError as error:
        fields = {one.field or "name": one.text for one in field_errors(error)}
        raise InvalidInputError("；".join(fields.values()), fields) from error


def _value(name: str, text: str) -> object:
    if name == "item":
        return next((one.id for one in items().values() if text == one.name), text)
    if name == "state":
        return _STATES.get(text, text)
    if name in _NUMBERS:
        return int(text) if text.isascii() and text.isdigit() else text
    return fen_of(text) if name == "price_fen" else text


def fen_of(text: str) -> object:
    """Return yuan as typed in fen; what is no amount stays a text and is refused by the model."""
    try:
        fen = Decimal(text.replace(",", "")) * _FEN
    except InvalidOperation:
        return text
    return int(fen) if fen.is_finite() and fen == fen.to_integral_value() else text


def _check(draft: EquipmentDraft, seen: set[str], may: Callable[[str], bool] | None) -> None:
    number = (draft.number or "").upper()
    if number and number in seen:
        raise InvalidInputError("资产编号在文件里出现了两次", {"number": "资产编号在文件里出现了两次"})
    if may is not None and not may(draft.station):
        raise InvalidInputError("没有这个站点", {"station": "没有这个站点"})
    seen.add(number)


async def _bring(core: Core, draft: EquipmentDraft, found: Imported, *, by: str) -> str:
    known = await Equipment.get_or_none(number=draft.number.upper()) if draft.number else None
    await (update_equipment(core, str(known.id), draft, by=by) if known else create_equipment(core, draft, by=by))
    found.changed += known is not None
    found.added += known is None
    return "更新" if known else "新增"


def _errors(error: InvalidInputError | ConflictError | NotFoundError) -> list[dict[str, str]]:
    named = getattr(error, "fields", None) or {"number": str(error)}
    usual = HEADS[0]
    return [{"column": _HEAD_OF.get(name, usual), "code": "invalid", "text": words} for name, words in named.items()]


def _cells(row: Equipment) -> list[Any]:
    values = []
    for name in COLUMNS.values():
        value = getattr(row, name)
        match name:
            case "item":
                value = items()[value].name if value in items() else value
            case "state":
                value = STATE_WORDS.get(value, value)
            case "bought_on" | "installed_on" | "warranty_until":
                value = value.isoformat() if value else ""
            case _:
                value = "" if value is None else value
        values.append(None if value == "" else value)
    return values
