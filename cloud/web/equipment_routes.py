"""Routes of the equipment register and of work orders: pages under 场馆, and REST."""

from typing import Final

from cloud.fleet import equipment_api as api
from cloud.fleet import equipment_pages as pieces
from cloud.fleet import equipment_shapes as shapes
from cloud.fleet import repair_pages as repairs
from cloud.fleet.equipment_drafts import ActAsked, EquipmentDraft, ReportAsked, StateAsked, SwapAsked
from cloud.platform.shapes import Page
from cloud.platform.spreadsheets import MAX_FILE_BYTES, XLSX
from cloud.web.route import Route, Upload

#: A spreadsheet as REST takes it, and with its form around.
SHEET: Final = Upload(MAX_FILE_BYTES, (XLSX,))
SHEET_FORM: Final = Upload(MAX_FILE_BYTES + 64 * 1024)

_PAGES: Final = (
    Route("GET", "/e/{number}", "equipment.read", pieces.by_number),
    Route("GET", "/equipment", "equipment.read", pieces.list_page),
    Route("POST", "/equipment", "equipment.write", pieces.save),
    Route("GET", "/equipment/new", "equipment.write", pieces.new_page),
    Route("GET", "/equipment/import", "equipment.write", pieces.import_page),
    Route("POST", "/equipment/import", "equipment.write", pieces.send_import, before=pieces.check_sent,
          upload=SHEET_FORM),
    Route("GET", "/equipment/labels.pdf", "equipment.read", pieces.labels),
    Route("GET", "/equipment/export.xlsx", "equipment.read", pieces.export),
    Route("GET", "/equipment/{id}", "equipment.read", pieces.piece_page),
    Route("POST", "/equipment/{id}", "equipment.write", pieces.save),
    Route("GET", "/equipment/{id}/edit", "equipment.write", pieces.edit_page),
    Route("POST", "/equipment/{id}/state", "equipment.write", pieces.set_state),
    Route("POST", "/equipment/{id}/report", "repair.report", pieces.report_fault),
    Route("GET", "/equipment/{id}/swap", "equipment.write", pieces.swap_page),
    Route("POST", "/equipment/{id}/swap", "equipment.write", pieces.swap),
    Route("GET", "/repairs", "repair.read", repairs.list_page),
    Route("GET", "/repairs/statistics", "repair.read", repairs.statistics_page),
    Route("GET", "/repairs/{id}", "repair.read", repairs.order_page),
    Route("POST", "/repairs/{id}/act", "repair.write", repairs.act),
)  # fmt: skip

_API: Final = (
    Route("GET", "/api/v1/equipment", "equipment.read", api.list_equipment, query=shapes.EquipmentQuery,
          responses={200: Page[shapes.EquipmentShown]}),
    Route("POST", "/api/v1/equipment", "equipment.write", api.create_equipment, body=EquipmentDraft,
          responses={201: shapes.EquipmentShown}, problems=frozenset({404, 409})),
    Route("GET", "/api/v1/equipment/{id}", "equipment.read", api.get_equipment,
          responses={200: shapes.EquipmentShown}, versioned=True),
    Route("PUT", "/api/v1/equipment/{id}", "equipment.write", api.put_equipment, body=EquipmentDraft,
          responses={200: shapes.EquipmentShown}, versioned=True),
    Route("GET", "/api/v1/equipment/{id}/history", "equipment.read", api.get_history,
          responses={200: Page[shapes.MoveShown]}),
    Route("POST", "/api/v1/equipment/{id}/state", "equipment.write", api.set_state, body=StateAsked,
          responses={200: shapes.EquipmentShown}),
    Route("POST", "/api/v1/equipment/{id}/swap", "equipment.write", api.swap, body=SwapAsked,
          responses={200: shapes.SwapShown}),
    Route("POST", "/api/v1/equipment/{id}/report", "repair.report", api.report_fault, body=ReportAsked,
          responses={201: shapes.RepairShown}),
    Route("POST", "/api/v1/equipment-imports", "equipment.write", api.import_equipment, before=api.check_sent,
          upload=SHEET, responses={200: shapes.ImportReport}),
    Route("GET", "/api/v1/equipment-export", "equipment.read", api.export_equipment, file=XLSX,
          responses={200: None}),
    Route("GET", "/api/v1/equipment-labels", "equipment.read", api.get_labels, query=shapes.LabelsQuery,
          file="application/pdf", responses={200: None}, problems=frozenset({404})),
    Route("GET", "/api/v1/stations/{id}/equipment-clauses", "equipment.read", api.get_clauses,
          responses={200: Page[shapes.ClauseShown]}),
    Route("GET", "/api/v1/repairs", "repair.read", api.list_repairs, query=shapes.RepairsQuery,
          responses={200: Page[shapes.RepairShown]}),
    Route("GET", "/api/v1/repairs/{id}", "repair.read", api.get_repair, responses={200: shapes.RepairShown}),
    Route("GET", "/api/v1/repairs/{id}/history", "repair.read", api.get_steps,
          responses={200: Page[shapes.StepShown]}),
    Route("POST", "/api/v1/repairs/{id}/act", "repair.write", api.act, body=ActAsked,
          responses={200: shapes.RepairShown}),
    Route("GET", "/api/v1/repair-statistics", "repair.read", api.get_statistics, query=shapes.KeptQuery,
          responses={200: shapes.StatisticsShown}),
)  # fmt: skip

EQUIPMENT_ROUTES: Final = (*_PAGES, *_API)
