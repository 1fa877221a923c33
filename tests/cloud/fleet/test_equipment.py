"""The equipment register: numbers, slots, swaps with history, files in and out, labels, the clauses A2.1-A2.5."""

import asyncio
import io
import shutil
import subprocess
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from cloud.fleet import equipment, equipment_sheets
from cloud.fleet.equipment_drafts import EquipmentDraft, StateAsked, SwapAsked
from cloud.fleet.equipment_models import Equipment, EquipmentMove
from cloud.fleet.equipment_rules import CLAUSES, items, rule_on
from cloud.fleet.repair_stats import clause_facts
from cloud.fleet.repairs import report
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.spreadsheets import XLSX, check_file
from cloud.retention import delete_expired
from protocols.venue.vocabulary import KINDS
from tests.cloud.clocks import HandClock
from tests.cloud.fleet.equipment_sample import MONDAY_TEN, hall, now_is, registered
from tests.cloud.running import Running

pytestmark = pytest.mark.db


@pytest.fixture
def clock() -> HandClock:
    """Return a clock that stands at ten on a Monday."""
    clock = HandClock()
    clock.forward(seconds=(MONDAY_TEN - clock.now()).total_seconds())
    return clock


def test_the_tables_name_the_clauses_and_kinds_that_there_are() -> None:
    assert {one.clause for one in items().values()} == {*CLAUSES, ""}
    assert {one.slot_kind for one in items().values()} <= {*KINDS, ""}
    before, now = rule_on("wall", date(2020, 1, 1)), rule_on("wall", date(2026, 5, 1))
    assert before == now, "before there was a table its first rows hold"
    assert rule_on("tractor", date(2026, 5, 1)) == rule_on("other", date(2026, 5, 1))
    assert rule_on("document_camera", date(2026, 5, 1)) == rule_on("camera", date(2026, 5, 1))


async def test_a_piece_is_given_a_number_and_fills_its_slot(core: Core) -> None:
    await hall(core)
    first = await registered(core, number="lz-7", slot=None)
    second = await registered(core)
    assert (first.number, second.number) == ("LZ-7", "YZ-00001")
    assert (await registered(core, slot=None)).number == "YZ-00002"
    there = await equipment.in_slot("st-01", "wall")
    assert there is not None
    assert there.id == second.id
    assert (await equipment.find_number("yz-00001")).id == second.id
    with pytest.raises(NotFoundError):
        await equipment.find_number("没有")


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"slot": "wall"}, ConflictError),
        ({"slot": "attic"}, InvalidInputError),
        ({"slot": "door-1"}, InvalidInputError),
        ({"slot": None, "number": "YZ-00001"}, ConflictError),
        ({"slot": None, "station": "nowhere"}, NotFoundError),
    ],
)
async def test_what_does_not_fit_into_the_register_is_refused(
    core: Core, values: dict[str, Any], error: type[Exception]
) -> None:
    await hall(core)
    await registered(core)
    with pytest.raises(error):
        await registered(core, **values)
    assert await Equipment.all().count() == 1


@pytest.mark.parametrize(
    "values",
    [
        {"item": "tractor"}, {"width_mm": 10, "height_mm": None}, {"state": "spare"}, {"price_fen": -1},
        {"bought_on": "2026-03-02", "warranty_until": "2026-03-01"}, {"number": "-"}, {"name": ""},
    ],
)  # fmt: skip
def test_a_draft_that_cannot_be_true_is_refused(values: dict[str, Any]) -> None:
    usual = {"station": "st-01", "item": "wall", "name": "屏", "slot": "wall", "width_mm": 9, "height_mm": 9}
    EquipmentDraft.model_validate(usual)
    with pytest.raises(ValueError, match=r".+"):
        EquipmentDraft.model_validate({**usual, **values})


async def test_a_swap_moves_slot_and_place_and_both_remember_it(core: Core) -> None:
    await hall(core)
    old = await registered(core, place="大厅东墙", profile="sim-wall")
    new = await registered(core, slot=None, state="spare", name="备用屏", station="st-02")
    assert [row.id for row in await equipment.candidates(old)] == [new.id]
    before, after = await equipment.swap(
        core, str(old.id), SwapAsked(new=str(new.id), old_state="repair", note="花屏"), by="staff:gao"
    )
    assert (before.state, before.slot) == ("repair", None)
    assert (after.state, after.station, after.slot, after.place, after.profile) == (
        "use", "st-01", "wall", "大厅东墙", "sim-wall",
    )  # fmt: skip
    line = (await equipment.moves_of(after))[0]
    assert (line.what, line.other, line.note, line.by) == ("swapped", old.id, "花屏", "staff:gao")
    assert (await equipment.moves_of(before))[0].other == new.id


async def test_a_swap_that_cannot_be_is_refused_and_changes_nothing(core: Core) -> None:
    await hall(core)
    old = await registered(core)
    door = await registered(core, item="door", name="门磁", slot=None, state="spare", width_mm=None, height_mm=None)
    used = await registered(core, slot=None)
    for new, error in ((old, InvalidInputError), (door, ConflictError), (used, ConflictError)):
        with pytest.raises(error):
            await equipment.swap(core, str(old.id), SwapAsked(new=str(new.id)), by="staff:gao")
    with pytest.raises(ConflictError, match="不在任何设备位"):
        await equipment.swap(core, str(used.id), SwapAsked(new=str(old.id)), by="staff:gao")
    assert (await equipment.find_equipment(old.id)).slot == "wall"


async def test_a_piece_that_is_not_in_use_leaves_its_slot_and_a_scrapped_one_is_forgotten_in_time(
    core: Core, clock: HandClock
) -> None:
    await hall(core)
    row = await registered(core)
    await equipment.set_state(core, str(row.id), StateAsked(state="spare"), by="staff:gao")
    assert await equipment.in_slot("st-01", "wall") is None
    await equipment.set_state(core, str(row.id), StateAsked(state="use", slot="wall"), by="staff:gao")
    await equipment.set_state(core, str(row.id), StateAsked(state="scrapped", note="烧毁"), by="staff:gao")
    with pytest.raises(InvalidInputError, match="报废"):
        await equipment.set_state(core, str(row.id), StateAsked(state="use"), by="staff:gao")
    kept = await registered(core)
    clock.forward(seconds=timedelta(days=37 * 31).total_seconds())
    await delete_expired(core)
    assert [one.id for one in await Equipment.all()] == [kept.id]
    assert {one.equipment_id for one in await EquipmentMove.all()} == {kept.id}


async def test_the_clauses_count_what_is_there_and_works(core: Core) -> None:
    await hall(core)

    async def wall() -> tuple[int, int, int, bool | None]:
        fact = next(one for one in await clause_facts("st-01") if one.item == "wall")
        return fact.present, fact.working, fact.unknown, fact.works

    assert await wall() == (0, 0, 0, False)
    row = await registered(core)
    assert await wall() == (1, 0, 1, None), "nobody has heard of its slot yet"
    await now_is(core, "good")
    assert await wall() == (1, 1, 0, True)
    await now_is(core, "stale", fault="no_answer")
    assert await wall() == (1, 0, 0, False)
    await now_is(core, "good")
    await Equipment.filter(id=row.id).update(height_mm=1999)
    assert (await wall())[3] is False, "below six square metres"
    desk = await registered(core, item="desk", name="写字台", slot=None, width_mm=None, height_mm=None)
    assert next(one for one in await clause_facts("st-01") if one.item == "desk").works is True
    await report(core, desk, "桌腿断了", by="staff:li")
    assert next(one for one in await clause_facts("st-01") if one.item == "desk").works is False


def book(rows: list[list[Any]], heads: list[str] | None = None) -> bytes:
    made = Workbook()
    sheet = made.worksheets[0]
    sheet.title = equipment_sheets.SHEET
    for row in [heads or list(equipment_sheets.HEADS), *rows]:
        sheet.append(row)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def line(**values: Any) -> list[Any]:
    """Return a row of a file by the fields of the draft."""
    usual = {"station": "st-01", "item": "自助服务机", "name": "自助机", **values}
    return [usual.get(name) for name in equipment_sheets.COLUMNS.values()]


async def test_a_file_brings_good_rows_in_and_says_what_is_wrong_with_each_other_one(core: Core) -> None:
    await hall(core)
    known = await registered(core, number="A-1")
    data = book([
        line(number="A-1", item="信息发布 LED 屏", name="新名字", slot="wall", width_mm=3000, height_mm=2500),
        line(number="A-2", price_fen="1,234.50", state="备用", bought_on=date(2025, 12, 1)),
        line(number="A-2"), line(item="拖拉机"), line(station="st-99"), line(width_mm="宽"), line(price_fen="1.234"),
        line(bought_on="去年"),
    ])  # fmt: skip
    check_file(data)
    judged = await equipment_sheets.import_rows(core, data, by="staff:gao", keep=False)
    assert (judged.added, judged.changed, len(judged.errors)) == (1, 1, 6)
    assert await Equipment.all().count() == 1
    found = await equipment_sheets.import_rows(core, data, by="staff:gao", may=lambda one: one == "st-01")
    assert (found.added, found.changed, sorted(found.errors)) == (1, 1, [4, 5, 6, 7, 8, 9])
    columns = {number: {one["column"] for one in errors} for number, errors in found.errors.items()}
    assert (columns[4], columns[6], columns[8], columns[9]) == (
        {"资产编号"}, {"站点编号"}, {"价格（元）"}, {"购置日期"},
    )  # fmt: skip
    assert {row.number: (row.name, row.price_fen, row.state) for row in await Equipment.all()} == {
        "A-1": ("新名字", None, "use"),
        "A-2": ("自助机", 123450, "spare"),
    }
    assert (await equipment.find_equipment(known.id)).height_mm == 2500
    noted = load_workbook(io.BytesIO(equipment_sheets.report_of(found)))
    assert noted[equipment_sheets.SHEET].cell(4, len(equipment_sheets.HEADS) + 1).value == "未导入"
    assert noted["问题清单"].max_row > 6


async def test_an_exported_register_is_imported_again_without_a_change(core: Core) -> None:
    await hall(core)
    await registered(core, price_fen=990, warranty_until=date(2027, 1, 1), note="=1+1")
    await registered(core, item="desk", name="桌", slot=None, state="spare", width_mm=None, height_mm=None)
    rows, _ = await equipment.list_equipment(equipment.Wanted())
    data = await equipment_sheets.to_xlsx(core, rows)
    before = await EquipmentMove.all().count()
    found = await equipment_sheets.import_rows(core, data, by="staff:gao")
    assert (found.added, found.changed, found.errors) == (0, 2, {})
    assert await EquipmentMove.all().count() == before, "nothing was changed, nothing is noted"


def _codes(folder: Path) -> list[list[str]]:
    """Return what the codes on each page of a PDF say."""
    subprocess.run(["pdftoppm", "-r", "150", "-png", "labels.pdf", "page"], cwd=folder, check=True)
    said = (
        subprocess.run(["zbarimg", "-q", "--raw", str(page)], capture_output=True, text=True, check=True).stdout
        for page in sorted(folder.glob("page*.png"))
    )
    return [codes.split() for codes in said]


async def test_labels_are_a_sheet_whose_codes_lead_to_the_equipment(core: Core, tmp_path: Path) -> None:
    await hall(core)
    rows = [await registered(core, slot=None, place="东墙") for _ in range(3)]
    body = await equipment_sheets.to_labels(core, rows, "https://venue.example", "3x8", skip=22)
    assert body.startswith(b"%PDF")
    with pytest.raises(InvalidInputError):
        await equipment_sheets.to_labels(core, rows, "https://venue.example", "9x9")
    if shutil.which("pdftoppm") is None or shutil.which("zbarimg") is None:
        pytest.skip("pdftoppm and zbarimg read the printed codes")
    (tmp_path / "labels.pdf").write_bytes(body)
    read = await asyncio.to_thread(_codes, tmp_path)
    assert [len(codes) for codes in read] == [2, 1], "two on the first sheet, where 22 are used up"
    assert {code for codes in read for code in codes} == {f"https://venue.example/e/{row.number}" for row in rows}


async def test_rest_of_the_register(running: Running) -> None:
    await running.apply()
    body = {"station": "st-01", "item": "wall", "name": "屏", "slot": "wall", "width_mm": 3000, "height_mm": 2000}
    made = await running.post("/api/v1/equipment", body, 201)
    assert made["slot_state"] == "unknown"
    path = f"/api/v1/equipment/{made['id']}"
    response = await running.call("GET", path)
    tag = response.headers["ETag"]
    changed = await running.call("PUT", path, json={**body, "name": "大屏"}, headers={"If-Match": tag})
    assert (await changed.json())["name"] == "大屏"
    stale = await running.call("PUT", path, json={**body, "name": "小屏"}, headers={"If-Match": tag})
    assert stale.status == 412
    spare = await running.post("/api/v1/equipment", {**body, "slot": None, "state": "spare"}, 201)
    swapped = await running.post(f"{path}/swap", {"new": spare["id"]})
    assert (swapped["old"]["state"], swapped["new"]["slot"]) == ("repair", "wall")
    assert [one["what"] for one in (await running.get(f"{path}/history"))["items"]] == ["swapped", "changed", "added"]
    assert (await running.post(f"{path}/state", {"state": "spare"}))["state"] == "spare"
    found = await running.get("/api/v1/equipment?q=%E5%A4%A7%E5%B1%8F&limit=1")
    assert [one["id"] for one in found["items"]] == [made["id"]]
    clauses = (await running.get("/api/v1/stations/st-01/equipment-clauses"))["items"]
    assert clauses[0]["min_area_m2"] == 6
    for name, kind in (("equipment-export", "spreadsheet"), ("equipment-labels?station=st-01", "pdf")):
        file = await running.call("GET", f"/api/v1/{name}")
        assert file.status == 200
        assert kind in file.content_type
    order = await running.post(f"/api/v1/equipment/{spare['id']}/report", {"text": "花屏"}, 201)
    assert (await running.get(f"/api/v1/equipment/{spare['id']}"))["repair"] == order["id"]
    sent = await running.call(
        "POST", "/api/v1/equipment-imports", data=book([line(number="B-1")]),
        headers={"Content-Type": XLSX},
    )  # fmt: skip
    assert await sent.json() == {"added": 1, "changed": 0, "bad": 0,
                                 "rows": [{"row": 2, "result": "新增", "errors": []}]}  # fmt: skip
