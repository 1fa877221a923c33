"""Spreadsheets of posts as files: read within bounds, written with the errors beside the cells, an empty one to fill.

Whatever comes from outside is a ZIP archive until it is proved harmless: its parts are counted and their sizes added
up before anything is unpacked, and none of them may declare entities.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, Final

from cloud.jobs.lookup import occupations
from cloud.jobs.sheets import COLUMNS, HEADS, MAX_CELL_CHARS, MAX_ROWS, PLACE, text_of
from cloud.platform.errors import FieldError, InvalidInputError

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: 20,000 rows are about 3 MB.
MAX_FILE_BYTES: Final = 8 * 1024 * 1024
#: Unpacked; the same rows are about 25 MB.
MAX_UNPACKED_BYTES: Final = 96 * 1024 * 1024
MAX_PARTS: Final = 200
#: The sheet that is read; of a file that has none of this name the first one.
SHEET: Final = "岗位"
#: Characters that would make a cell a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_MAGIC: Final = b"PK\x03\x04"
_CHUNK: Final = 1024 * 1024
_BROKEN: Final[tuple[type[Exception], ...]] = (
    zipfile.BadZipFile, KeyError, ValueError, EOFError, OSError, TypeError, AttributeError, IndexError, SyntaxError,
    NotImplementedError, RuntimeError,
)  # fmt: skip


def check_file(data: bytes) -> None:
    """Return when a file is a spreadsheet that may be opened; InvalidInputError when it is none or is meant to hurt."""
    if len(data) > MAX_FILE_BYTES:
        raise _refused("too_large", f"文件最大 {MAX_FILE_BYTES // 1024 // 1024} MB，请分成几个文件")
    if not data.startswith(_MAGIC):
        raise _refused("not_xlsx", "不是 XLSX 文件，请用模板填写后另存为 .xlsx")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
                raise _refused("too_large", "文件展开后太大，请删去图片和多余的表")
            for part in parts:
                _check_part(archive, part)
    except _BROKEN as error:
        raise _refused("not_xlsx", "这个文件打不开，请用模板填写后另存为 .xlsx") from error


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Refuse a part that declares entities or hides its text in another encoding; reading ends at its stated size."""
    if not part.filename.endswith((".xml", ".rels")):
        return
    with archive.open(part) as stream:
        before = b""
        while chunk := stream.read(_CHUNK):
            if b"<!" in before + chunk or b"\x00" in chunk:
                raise _refused("not_xlsx", "文件内容不合规，请用模板填写")
            before = chunk[-1:]


def read_rows(data: bytes) -> Iterator[tuple[int, list[object]]]:
    """Yield (number of the row as the program shows it, cells) of every row that says something.

    InvalidInputError when the head is another one or there are more than MAX_ROWS.
    """
    from openpyxl import load_workbook  # noqa: PLC0415 - slow to load, and only this needs it

    try:
        with closing(load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)) as book:
            sheet = book[SHEET] if SHEET in book.sheetnames else book.worksheets[0]
            sheet.reset_dimensions()
            yield from _rows_of(sheet.iter_rows(max_col=len(COLUMNS), values_only=True))
    except _BROKEN as error:
        if isinstance(error, InvalidInputError):
            raise
        raise _refused("not_xlsx", "这个文件打不开，请用模板填写后另存为 .xlsx") from error


def _rows_of(rows: Iterable[Sequence[object]]) -> Iterator[tuple[int, list[object]]]:
    count = 0
    for number, cells in enumerate(rows, start=1):
        if number == 1:
            _check_head(cells)
            continue
        if number > MAX_ROWS * 2:
            raise _refused("too_many_rows", f"一个文件最多 {MAX_ROWS} 行，请分成几个文件")
        if all(cell is None or cell == "" for cell in cells):
            continue
        count += 1
        if count > MAX_ROWS:
            raise _refused("too_many_rows", f"一个文件最多 {MAX_ROWS} 行，请分成几个文件")
        yield number, [*cells, *[None] * (len(COLUMNS) - len(cells))]


def _check_head(cells: Sequence[object]) -> None:
    heads = [str(cell or "").strip().rstrip("*").strip() for cell in cells]
    missing = [head for head, given in zip(HEADS, [*heads, *[""] * len(HEADS)], strict=False) if head != given]
    if missing:
        raise _refused("head", f"第一行表头与模板不同：{'、'.join(missing[:5])}；请下载模板填写")


def template(example: Mapping[str, str]) -> bytes:
    """Return an empty file to fill: heads, lists to choose from, hints, one example, the codes of occupations."""
    kept, book = _new_book()
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
    """Return the file as it was sent, errors beside the cells; `words` is what became of each row.

    A second sheet lists every error: row, column, code, words.
    """
    kept, book = _new_book()
    bold = book.add_format({"bold": True, "bg_color": "#DCE6F4"})
    bad = book.add_format({"bg_color": "#F9D7D2", "font_color": "#8A1C0F"})
    sheet, listed = book.add_worksheet(SHEET), book.add_worksheet("问题清单")
    sheet.freeze_panes(1, 2)
    for number, head in enumerate([*HEADS, "结果", "问题"]):
        sheet.write_string(0, number, head, bold)
    for number, head in enumerate(("行", "列", "代码", "说明")):
        listed.write_string(0, number, head, bold)
    line = 0
    for number, cells in rows:
        errors = {PLACE_OF_HEAD[one["column"]]: one["text"] for one in found.get(number, ())}
        for place, cell in enumerate(cells):
            sheet.write_string(
                number - 1, place, safe_text(text_of(cell)[:MAX_CELL_CHARS]), bad if place in errors else None
            )
        for place, text in errors.items():
            sheet.write_comment(number - 1, place, text)
        sheet.write_string(number - 1, len(HEADS), words.get(number, ""))
        sheet.write_string(
            number - 1, len(HEADS) + 1, "；".join(f"{HEADS[one]}：{text}" for one, text in errors.items())
        )
        for one in found.get(number, ()):
            line += 1
            listed.write_number(line, 0, number)
            for place, name in enumerate(("column", "code", "text"), start=1):
                listed.write_string(line, place, safe_text(one[name]))
    book.close()
    return kept.getvalue()


PLACE_OF_HEAD: Final[Mapping[str, int]] = {HEADS[number]: number for number in PLACE.values()}


def safe_text(text: str) -> str:
    """Return a text that no program takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _new_book() -> tuple[io.BytesIO, Any]:
    from xlsxwriter import Workbook  # noqa: PLC0415 - slow to load, and only this needs it

    kept = io.BytesIO()
    return kept, Workbook(kept, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})


def _refused(code: str, text: str) -> InvalidInputError:
    return InvalidInputError(text, {"file": text}, [FieldError("file", code, text)])
