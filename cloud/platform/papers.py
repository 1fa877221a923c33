"""Papers of every domain: PDF and pictures set by typst, XLSX workbooks written row by row.

A template is a packaged file `cloud/<domain>/typst/NAME.typ`. It takes its data and the common look from the base:

    #import "/platform/typst/base.typ": *        // cloud/platform/typst/base.typ; `/` is the folder `cloud`
    #show: paper.with(title: data.title, landscape: true)
    = #data.title
    #listing(data.columns, data.rows)

and is set by

    pdf = await typeset("fairs/result", document, made_at=core.now())
    png = await typeset("fairs/poster", document, "png", made_at=core.now(), ppi=96)

`document` is what JSON knows: it reaches the template as JSON, never spliced into its source, so that no text of a
firm or a person can be read as typst. Equal data, time and fonts make equal bytes.

    xlsx = await workbook([Sheet("岗位", (Field("岗位名称", width=24), Field("日薪", "money")), rows, notes=("…",))],
                          made_at=core.now())

takes rows (sequences of plain values, fen for money, UTC times) from an iterable or an async one and keeps none of
them. A text that begins like a formula stays a text. Both work in a thread of their own, one paper at a time.
"""

import asyncio
import io
import json
import re
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from cloud.platform.errors import CloudError, InvalidInputError
from cloud.platform.times import MARKET_TIME

if TYPE_CHECKING:
    import typst
    import xlsxwriter
    import xlsxwriter.format
    import xlsxwriter.worksheet

Form = Literal["pdf", "png"]
#: What a field of a workbook holds: money in fen, times in UTC, a share from 0 to 1.
Kind = Literal["text", "int", "number", "money", "time", "day", "share"]
Value = str | int | float | date | datetime | None
Rows = Iterable[Sequence[Value]] | AsyncIterable[Sequence[Value]]
Done = TypeVar("Done")

FONT: Final = "Noto Sans CJK SC"
#: What a template is given, as JSON; a listing of a few thousand rows is below it.
MAX_DATA_BYTES: Final = 8 * 1024 * 1024
#: Whoever waits longer is told so; what is being set then is not stopped, but nothing else is begun beside it.
TIMEOUT_S: Final = 60.0
#: Papers that wait for the one that is being set.
MAX_WAITING: Final = 16
#: Rows of one sheet; a spreadsheet itself knows 1,048,576.
MAX_ROWS: Final = 250_000
#: Characters of one cell that a spreadsheet takes.
MAX_CELL_CHARS: Final = 32_767
#: Characters of a sheet's name.
MAX_NAME_CHARS: Final = 31
#: Rows that are handed to the writing thread at once.
CHUNK: Final = 1_000
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
#: What no XML can hold.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ROOT: Final = Path(__file__).parents[1]
_FEN_PER_YUAN: Final = 100
#: The paper size, as spreadsheets number them.
_A4: Final = 9
_PRESS: Final = ThreadPoolExecutor(max_workers=1)


class PaperError(CloudError):
    """A paper cannot be set: the text says why; nothing about it is the fault of who asked."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a sheet: its words, what it holds, its width in characters of a Latin font."""

    title: str
    kind: Kind = "text"
    width: float = 14


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: `notes` stand above the head, one a row."""

    name: str
    fields: Sequence[Field]
    rows: Rows
    notes: Sequence[str] = ()


async def typeset(  # noqa: PLR0913 - what a paper is made of
    template: str,
    data: Mapping[str, Any],
    form: Form = "pdf",
    *,
    made_at: datetime,
    ppi: float = 144,
    tagged: bool = True,
) -> bytes:
    """Return a paper; a PNG has exactly one page. `template` is `domain/name`; PaperError when it cannot be set.

    A PDF is tagged for readers of screens, which makes a long listing fifteen times as large.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    if len(text.encode()) > MAX_DATA_BYTES:
        raise InvalidInputError(f"内容超过 {MAX_DATA_BYTES // 1024 // 1024} MB，请分几份生成")
    options = {"format": form, "ppi": ppi, "timestamp": made_at.astimezone(UTC).replace(microsecond=0)}
    return await _press(partial(_compile, _source(template), text, options | {"pdf_tags": tagged}))


async def workbook(sheets: Sequence[Sheet], *, made_at: datetime, title: str = "") -> bytes:
    """Return an XLSX file; InvalidInputError when a sheet has more than MAX_ROWS rows."""
    target = io.BytesIO()
    book = await _press(partial(_open_book, target, made_at, title))
    try:
        for sheet in sheets:
            await _write_sheet(book, sheet)
    finally:
        # Also of a book that nobody gets: its temporary files go with it.
        await _press(book.close)
    return target.getvalue()


async def _press(work: Callable[[], Done]) -> Done:
    """Have the thread do something, after what it has to do already."""
    if _PRESS._work_queue.qsize() >= MAX_WAITING:  # noqa: SLF001 - the executor's own queue has no other door
        raise PaperError("正在生成的文件太多，请稍后再试")
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return await asyncio.get_running_loop().run_in_executor(_PRESS, work)
    except TimeoutError as error:
        raise PaperError(f"生成文件超过 {TIMEOUT_S:.0f} 秒，请缩小范围") from error


def _source(template: str) -> Path:
    domain, _, name = template.partition("/")
    path = _ROOT / domain / "typst" / f"{name}.typ"
    if not path.is_file():
        raise PaperError(f"there is no template {template!r}")
    return path


def _compile(source: Path, text: str, options: Mapping[str, Any]) -> bytes:
    import typst  # noqa: PLC0415 - 40 MB that only papers need

    try:
        made = typst.compile(source, root=_ROOT, font_paths=_fonts(), sys_inputs={"data": text}, **options)
    except typst.TypstError as error:
        raise PaperError(f"{source.name}: {error.message}; {' '.join(error.hints)}") from error
    pages: bytes | list[bytes] = made
    if isinstance(pages, list):
        if len(pages) != 1:
            raise PaperError(f"{source.name}: a picture of {len(pages)} pages")
        return pages[0]
    return pages


@cache
def _fonts() -> "typst.Fonts":
    """Return the fonts of the machine, looked up once; papers are set in FONT and in nothing else."""
    import typst  # noqa: PLC0415

    fonts = typst.Fonts()
    if FONT not in fonts.families():
        raise PaperError(f"the font {FONT!r} is not installed (package fonts-noto-cjk): papers cannot be set")
    return fonts


@dataclass(frozen=True, slots=True)
class _Book:
    """An open workbook and its formats."""

    book: "xlsxwriter.Workbook"
    formats: "Mapping[str, xlsxwriter.format.Format]"

    def close(self) -> None:
        """Finish the file."""
        self.book.close()


_FORMATS: Final[Mapping[str, Mapping[str, Any]]] = {
    "head": {"bold": True, "bg_color": "#E6EEF9", "bottom": 1, "bottom_color": "#B5CBEC", "text_wrap": True},
    "note": {"font_color": "#465366"},
    "text": {"text_wrap": True},
    # Stays a text when somebody edits the cell, too.
    "quoted": {"text_wrap": True, "quote_prefix": True},
    "int": {"num_format": "#,##0"},
    "number": {"num_format": "#,##0.00"},
    "money": {"num_format": "#,##0.00"},
    "share": {"num_format": "0.0%"},
    "time": {"num_format": "yyyy-mm-dd hh:mm:ss"},
    "day": {"num_format": "yyyy-mm-dd"},
}


def _open_book(target: io.BytesIO, made_at: datetime, title: str) -> _Book:
    import xlsxwriter  # noqa: PLC0415 - only papers need it

    # A row is in the file when the next one begins; texts are texts whatever they look like.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(target, options)
    book.set_properties({"title": title, "created": made_at.astimezone(UTC).replace(tzinfo=None)})
    common = {"font_name": FONT, "font_size": 10, "valign": "top"}
    formats = {name: book.add_format({**common, **values}) for name, values in _FORMATS.items()}
    return _Book(book, formats)


async def _write_sheet(book: _Book, sheet: Sheet) -> None:
    page = await _press(partial(_begin, book, sheet))
    chunk: list[Sequence[Value]] = []
    async for values in _each(sheet.rows):
        chunk.append(values)
        if len(chunk) == CHUNK:
            await _press(partial(page.write, chunk))
            chunk = []
    await _press(partial(page.write, chunk))
    await _press(page.end)


async def _each(rows: Rows) -> AsyncIterator[Sequence[Value]]:
    if isinstance(rows, AsyncIterable):
        async for values in rows:
            yield values
    else:
        for values in rows:
            yield values


@dataclass(slots=True)
class _Page:
    """A sheet that is being written; `head` is the row of the columns' words, `row` the next one."""

    sheet: "xlsxwriter.worksheet.Worksheet"
    formats: "Mapping[str, xlsxwriter.format.Format]"
    fields: Sequence[Field]
    head: int
    row: int

    def write(self, rows: Sequence[Sequence[Value]]) -> None:
        """Write the next rows."""
        if self.row + len(rows) - self.head - 1 > MAX_ROWS:
            raise InvalidInputError(f"超过 {MAX_ROWS:,} 行，请缩短期间")
        for values in rows:
            for column, (field, value) in enumerate(zip(self.fields, values, strict=True)):
                if value is not None:
                    self._cell(column, field.kind, value)
            self.row += 1

    def end(self) -> None:
        """Let a reader filter by the words above the columns."""
        if self.row > self.head + 1:
            self.sheet.autofilter(self.head, 0, self.row - 1, len(self.fields) - 1)

    def _cell(self, column: int, kind: Kind, value: str | float | date | datetime) -> None:
        match value:
            case str():
                text = _CONTROL.sub("", value)[:MAX_CELL_CHARS]
                form = "quoted" if text.startswith(_FORMULA) else "text"
                self.sheet.write_string(self.row, column, text, self.formats[form])
            case datetime():
                here = value.astimezone(MARKET_TIME).replace(tzinfo=None)
                self.sheet.write_datetime(self.row, column, here, self.formats["time"])
            case date():
                midnight = datetime.combine(value, time.min)
                self.sheet.write_datetime(self.row, column, midnight, self.formats["day"])
            case int() | float():
                shown = value / _FEN_PER_YUAN if kind == "money" else value
                self.sheet.write_number(self.row, column, shown, self.formats[kind])


def _begin(book: _Book, sheet: Sheet) -> _Page:
    page, head = book.book.add_worksheet(sheet.name[:MAX_NAME_CHARS]), len(sheet.notes)
    page.set_landscape()
    page.set_paper(_A4)
    page.fit_to_pages(1, 0)
    for row, note in enumerate(sheet.notes):
        page.write_string(row, 0, note[:MAX_CELL_CHARS], book.formats["note"])
    for column, field in enumerate(sheet.fields):
        page.set_column(column, column, field.width)
        page.write_string(head, column, field.title, book.formats["head"])
    page.freeze_panes(head + 1, 0)
    page.repeat_rows(head)
    page.set_footer("&L&A&R&P / &N")
    return _Page(page, book.formats, sheet.fields, head, head + 1)
