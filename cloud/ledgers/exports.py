"""Exports of ledgers as XLSX and PDF: made outside a transaction, then kept by their hashes and audited.

`content_sha256` is the hash of every row of the period as it was shown (masked, unless opened), the same for both
forms: it stands on the paper. The file itself is not kept, so that no copies of personal data lie about; its hash is.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Literal, get_args
from uuid import UUID

import uuid_utils

from cloud.identity import audit
from cloud.identity.reveal import check_reason
from cloud.ledgers.ledger import MAX_DAYS, Column, Ledger, values_of, words_of
from cloud.ledgers.models import LedgerExport
from cloud.platform.core import Core
from cloud.platform.database import transaction
from cloud.platform.errors import InvalidInputError
from cloud.platform.papers import Field, Sheet, typeset, workbook
from cloud.platform.times import MARKET_TIME
from firmware_profiles.ui.catalogue import Catalogue, load_catalogue

Form = Literal["xlsx", "pdf"]
FORMS: Final[tuple[Form, ...]] = get_args(Form)
CONTENT_TYPES: Final[dict[Form, str]] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
#: Rows and cells of a PDF: 40 to 60 pages. It says how many rows it leaves out; a spreadsheet holds them all.
MAX_PAPER_ROWS: Final = 2_000
MAX_PAPER_CELLS: Final = 15_000
#: Characters of one cell on paper.
MAX_PAPER_CHARS: Final = 120


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: both days belong to the period; `reason` is why personal columns are opened."""

    ledger: Ledger
    first: date
    last: date
    form: Form
    opened: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """A file and what is kept of it; `id` stands on the paper."""

    id: UUID
    wanted: Wanted
    file: bytes = field(repr=False)
    rows: int
    shown: int
    content_sha256: str
    file_sha256: str
    made_by: str
    made_at: datetime

    @property
    def name(self) -> str:
        """Return the name of the file."""
        days = f"{self.wanted.first:%Y%m%d}-{self.wanted.last:%Y%m%d}"
        return f"{self.wanted.ledger.title}-{days}.{self.wanted.form}"


@dataclass(slots=True)
class _Tally:
    """Rows that went by, and their hash."""

    rows: int = 0
    hash: Any = field(default_factory=hashlib.sha256)

    def take(self, values: Sequence[Any]) -> None:
        self.rows += 1
        line = json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=_plain)
        self.hash.update(line.encode() + b"\n")


async def make(core: Core, wanted: Wanted, by: str) -> Made:
    """Return the file of a ledger; call it outside a transaction, it may take seconds."""
    check(wanted)
    made_id, now, tally = UUID(str(uuid_utils.uuid7())), core.now(), _Tally()
    rows = _tallied(core, wanted, tally)
    if wanted.form == "xlsx":
        file, shown = await _spreadsheet(wanted, rows, tally, by, now), tally.rows
    else:
        file, shown = await _paper(core, wanted, rows, tally, f"{made_id}", by, now)
    return Made(
        id=made_id, wanted=wanted, file=file, rows=tally.rows, shown=shown, content_sha256=tally.hash.hexdigest(),
        file_sha256=hashlib.sha256(file).hexdigest(), made_by=by, made_at=now,
    )  # fmt: skip


async def keep(core: Core, made: Made) -> LedgerExport:
    """Keep that a file was handed out, with its hashes, in the transaction in force or one of its own."""
    wanted = made.wanted
    async with transaction():
        row = await LedgerExport.create(
            id=made.id, ledger=wanted.ledger.id, first_day=wanted.first, last_day=wanted.last, form=wanted.form,
            rows=made.rows, shown=made.shown, opened=wanted.opened, reason=wanted.reason,
            content_sha256=made.content_sha256, file_sha256=made.file_sha256, bytes=len(made.file),
            made_by=made.made_by, made_at=made.made_at,
        )  # fmt: skip
        details = {"ledger": wanted.ledger.id, "from": wanted.first.isoformat(), "to": wanted.last.isoformat(),
                   "form": wanted.form, "rows": made.rows, "opened": wanted.opened}  # fmt: skip
        subject = f"export:{made.id}"
        await audit.record(core, made.made_by, "ledger.export", subject, details=details, reason=wanted.reason)
    return row


def check(wanted: Wanted) -> None:
    """Return when a period and a reason can be taken; InvalidInputError else."""
    if wanted.last < wanted.first:
        raise InvalidInputError("结束日期不能早于开始日期", {"to": "不能早于开始日期"})
    if (wanted.last - wanted.first).days >= MAX_DAYS:
        raise InvalidInputError(f"期间最长 {MAX_DAYS} 天", {"to": f"最长 {MAX_DAYS} 天"})
    if wanted.opened:
        check_reason(wanted.reason)


def bounds(first: date, last: date) -> tuple[datetime, datetime]:
    """Return the period of whole market days in UTC, the end outside: SQLite compares times as texts."""
    start = datetime.combine(first, time.min, MARKET_TIME).astimezone(UTC)
    return start, datetime.combine(last + timedelta(days=1), time.min, MARKET_TIME).astimezone(UTC)


async def preview(core: Core, wanted: Wanted, limit: int) -> tuple[list[list[str]], bool]:
    """Return (the first rows as words, whether there are more); personal columns are masked."""
    t = load_catalogue()
    found: list[list[str]] = []
    async for row in wanted.ledger.rows(core, *bounds(wanted.first, wanted.last)):
        if len(found) == limit:
            return found, True
        found.append(_words(wanted.ledger.columns, values_of(wanted.ledger, row, t)))
    return found, False


async def _tallied(core: Core, wanted: Wanted, tally: _Tally) -> AsyncIterator[list[Any]]:
    t: Catalogue = load_catalogue()
    async for row in wanted.ledger.rows(core, *bounds(wanted.first, wanted.last)):
        values = values_of(wanted.ledger, row, t, opened=wanted.opened)
        tally.take(values)
        yield values


async def _spreadsheet(wanted: Wanted, rows: AsyncIterator[list[Any]], tally: _Tally, by: str, now: datetime) -> bytes:
    ledger = wanted.ledger
    fields = [Field(column.title, column.kind, column.width) for column in ledger.columns]
    about = (Field("项目", width=16), Field("内容", width=70))
    # The second sheet is written when the first one is done: only then the rows are counted.
    sheets = (Sheet(ledger.title, fields, rows), Sheet("说明", about, _about(wanted, tally, by, now)))
    return await workbook(sheets, made_at=now, title=ledger.title)


def _about(wanted: Wanted, tally: _Tally, by: str, now: datetime) -> Iterator[tuple[str, str]]:
    """Yield the facts, put together only when somebody asks for the first one."""
    yield from _facts(wanted, tally, by, now)


def _facts(wanted: Wanted, tally: _Tally, by: str, now: datetime) -> list[tuple[str, str]]:
    return [
        ("台账", wanted.ledger.title),
        ("内容", wanted.ledger.about),
        ("期间", f"{wanted.first.isoformat()} 至 {wanted.last.isoformat()}"),
        ("行数", f"{tally.rows:,}"),
        ("生成", f"{by.partition(':')[2] or by}，{words_of('time', now)}"),
        ("个人信息", f"已打开：{wanted.reason}" if wanted.opened else "已遮盖" if wanted.ledger.personal else "不含"),
        ("内容摘要", f"SHA-256 {tally.hash.hexdigest()}"),
    ]


async def _paper(  # noqa: PLR0913, PLR0917 - what stands on it
    core: Core, wanted: Wanted, rows: AsyncIterator[list[Any]], tally: _Tally, number: str, by: str, now: datetime
) -> tuple[bytes, int]:
    columns = wanted.ledger.columns
    lines: list[list[str]] = []
    most = min(MAX_PAPER_ROWS, MAX_PAPER_CELLS // len(columns))
    async for values in rows:
        if len(lines) < most:
            lines.append([_cut(words) for words in _words(columns, values)])
    document = {
        "title": wanted.ledger.title,
        "operator": core.settings.operator_name,
        "facts": [*_facts(wanted, tally, by, now), ("编号", number)],
        "columns": [
            {"title": column.title, "width": column.width, "align": "left" if _is_text(column) else "right"}
            for column in columns
        ],
        "rows": lines,
        "left_out": tally.rows - len(lines),
    }
    return await typeset("ledgers/ledger", document, made_at=now, tagged=False), len(lines)


def _words(columns: Sequence[Column], values: Sequence[Any]) -> list[str]:
    return [words_of(column.kind, value) for column, value in zip(columns, values, strict=True)]


def _is_text(column: Column) -> bool:
    return column.kind in {"text", "time", "day"}


def _cut(text: str) -> str:
    return text if len(text) <= MAX_PAPER_CHARS else f"{text[: MAX_PAPER_CHARS - 1]}…"


def _plain(value: object) -> str:
    """Return what JSON does not know: times in UTC, so that no database's zone changes a hash."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)
