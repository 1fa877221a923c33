"""Spreadsheets from outside: read within bounds, and given back with the errors beside the cells.

Whatever comes from outside is a ZIP archive until it is proved harmless: its parts are counted and their sizes added
up before anything is unpacked, and none of them may declare entities.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from cloud.platform.errors import FieldError, InvalidInputError

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: 20,000 rows are about 3 MB.
MAX_FILE_BYTES: Final = 8 * 1024 * 1024
#: Unpacked; the same rows are about 25 MB.
MAX_UNPACKED_BYTES: Final = 96 * 1024 * 1024
MAX_PARTS: Final = 200
#: Characters of one cell that a report repeats.
MAX_CELL_CHARS: Final = 4_000
#: Characters that would make a cell a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_MAGIC: Final = b"PK\x03\x04"
_CHUNK: Final = 1024 * 1024
_BROKEN: Final[tuple[type[Exception], ...]] = (
    zipfile.BadZipFile, KeyError, ValueError, EOFError, OSError, TypeError, AttributeError, IndexError, SyntaxError,
    NotImplementedError, RuntimeError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layout:
    """What a file looks like: its sheet (of a file that has none of this name the first one), heads, most rows."""

    sheet: str
    heads: tuple[str, ...]
    max_rows: int


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


def read_rows(data: bytes, layout: Layout) -> Iterator[tuple[int, list[object]]]:
    """Yield (number of the row as the program shows it, cells) of every row that says something.

    InvalidInputError when the head is another one or there are more rows than the layout allows.
    """
    from openpyxl import load_workbook  # noqa: PLC0415 - slow to load, and only this needs it

    try:
        with closing(load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)) as book:
            sheet = book[layout.sheet] if layout.sheet in book.sheetnames else book.worksheets[0]
            sheet.reset_dimensions()
            yield from _rows_of(sheet.iter_rows(max_col=len(layout.heads), values_only=True), layout)
    except _BROKEN as error:
        if isinstance(error, InvalidInputError):
            raise
        raise _refused("not_xlsx", "这个文件打不开，请用模板填写后另存为 .xlsx") from error


def _rows_of(rows: Iterable[Sequence[object]], layout: Layout) -> Iterator[tuple[int, list[object]]]:
    count = 0
    for number, cells in enumerate(rows, start=1):
        if number == 1:
            _check_head(cells, layout.heads)
            continue
        if number > layout.max_rows * 2:
            raise _refused("too_many_rows", f"一个文件最多 {layout.max_rows} 行，请分成几个文件")
        if all(cell is None or cell == "" for cell in cells):
            continue
        count += 1
        if count > layout.max_rows:
            raise _refused("too_many_rows", f"一个文件最多 {layout.max_rows} 行，请分成几个文件")
        yield number, [*cells, *[None] * (len(layout.heads) - len(cells))]


def _check_head(cells: Sequence[object], wanted: Sequence[str]) -> None:
    heads = [str(cell or "").strip().rstrip("*").strip() for cell in cells]
    missing = [head for head, given in zip(wanted, [*heads, *[""] * len(wanted)], strict=False) if head != given]
    if missing:
        raise _refused("head", f"第一行表头与模板不同：{'、'.join(missing[:5])}；请下载模板填写")


def report(
    layout: Layout,
    rows: Iterable[tuple[int, Sequence[object]]],
    found: Mapping[int, Sequence[Mapping[str, str]]],
    words: Mapping[int, str],
) -> bytes:
    """Return the file as it was sent, errors beside the cells; `words` is what became of each row.

    A second sheet lists every error: row, column, code, words.
    """
    kept, book = new_book()
    places = {head: number for number, head in enumerate(layout.heads)}
    bold = book.add_format({"bold": True, "bg_color": "#DCE6F4"})
    bad = book.add_format({"bg_color": "#F9D7D2", "font_color": "#8A1C0F"})
    sheet, listed = book.add_worksheet(layout.sheet), book.add_worksheet("问题清单")
    sheet.freeze_panes(1, 2)
    for number, head in enumerate([*layout.heads, "结果", "问题"]):
        sheet.write_string(0, number, head, bold)
    for number, head in enumerate(("行", "列", "代码", "说明")):
        listed.write_string(0, number, head, bold)
    line = 0
    for number, cells in rows:
        errors = {places[one["column"]]: one["text"] for one in found.get(number, ())}
        for place, cell in enumerate(cells):
            sheet.write_string(
                number - 1, place, safe_text(text_of(cell)[:MAX_CELL_CHARS]), bad if place in errors else None
            )
        for place, text in errors.items():
            sheet.write_comment(number - 1, place, text)
        sheet.write_string(number - 1, len(layout.heads), words.get(number, ""))
        sheet.write_string(
            number - 1, len(layout.heads) + 1, "；".join(f"{layout.heads[one]}：{text}" for one, text in errors.items())
        )
        for one in found.get(number, ()):
            line += 1
            listed.write_number(line, 0, number)
            for place, name in enumerate(("column", "code", "text"), start=1):
                listed.write_string(line, place, safe_text(one[name]))
    book.close()
    return kept.getvalue()


def text_of(cell: object) -> str:
    """Return a cell as text: dates and whole numbers as people write them."""
    match cell:
        case None:
            return ""
        case bool():
            return "是" if cell else "否"
        case datetime():
            return cell.date().isoformat() if cell.time().isoformat() == "00:00:00" else cell.strftime("%H:%M")
        case date():
            return cell.isoformat()
        case float():
            return str(int(cell)) if cell.is_integer() else format(Decimal(str(cell)), "f")
        case _:
            return str(cell).strip()


def safe_text(text: str) -> str:
    """Return a text that no program takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def new_book() -> tuple[io.BytesIO, Any]:
    """Return (where a workbook is written, the workbook), which makes no formula of any text."""
    from xlsxwriter import Workbook  # noqa: PLC0415 - slow to load, and only this needs it

    kept = io.BytesIO()
    return kept, Workbook(kept, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})


def _refused(code: str, text: str) -> InvalidInputError:
    return InvalidInputError(text, {"file": text}, [FieldError("file", code, text)])
