"""Spreadsheets of posts as files: cloud/platform/spreadsheets.py with their columns, and an empty one to fill."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from cloud.jobs.lookup import occupations
from cloud.jobs.sheets import COLUMNS, HEADS, MAX_ROWS
from cloud.platform import spreadsheets
from cloud.platform.spreadsheets import (
    MAX_FILE_BYTES,
    MAX_UNPACKED_BYTES,
    XLSX,
    Layout,
    check_file,
    new_book,
    safe_text,
)

__all__ = ["MAX_FILE_BYTES", "MAX_UNPACKED_BYTES", "XLSX", "check_file", "read_rows", "report", "safe_text", "template"]

SHEET: Final = "岗位"
LAYOUT: Final = Layout(SHEET, HEADS, MAX_ROWS)


def read_rows(data: bytes) -> Iterator[tuple[int, list[object]]]:
    """Yield (number of the row as the program shows it, cells) of every row of posts."""
    return spreadsheets.read_rows(data, LAYOUT)


def template(example: Mapping[str, str]) -> bytes:
    """Return an empty file to fill: heads, lists to choose from, hints, one example, the codes of occupations."""
    kept, book = new_book()
    bold = book.add_format({"bold": True, "bg_color": "#DCE6F4", "border": 1})
    sheet = book.add_worksheet(SHEET)
    sheet.freeze_panes(1, 2)
    for number, column in enumerate(COLUMNS):
        sheet.set_column(number, number, column.width, book.add_format({"num_format": "@"}))
        sheet.write_string(0, number, column.head + ("*" if column.required else ""), bold)
        rule: dict[str, Any] = {"input_title": column.head[:32], "input_message": column.hint[:250]}
        rule |= {"validate": "list", "source": list(column.choices)} if column.choices else {"validate": "any"}
        sheet.data_validation(1, number, MAX_ROWS, number, rule | {"ignore_blank": True})
    shown = book.add_worksheet("示例")
    for number, column in enumerate(COLUMNS):
        shown.set_column(number, number, column.width)
        shown.write_string(0, number, column.head, bold)
        shown.write_string(1, number, safe_text(example.get(column.field, "")))
        shown.write_string(2, number, column.hint)
    codes = book.add_worksheet("职业代码")
    codes.set_column(0, 1, 24)
    for row, (code, name) in enumerate([("职业代码", "职业名称"), *occupations().items()]):
        codes.write_string(row, 0, code, bold if row == 0 else None)
        codes.write_string(row, 1, name, bold if row == 0 else None)
    book.close()
    return kept.getvalue()


def report(
    rows: Iterable[tuple[int, Sequence[object]]],
    found: Mapping[int, Sequence[Mapping[str, str]]],
    words: Mapping[int, str],
) -> bytes:
    """Return the file as it was sent, errors beside the cells; `words` is what became of each row."""
    return spreadsheets.report(LAYOUT, rows, found, words)
