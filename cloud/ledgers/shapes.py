"""What REST takes and answers of ledgers and their exports."""

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from cloud.ledgers.ledger import Ledger
from cloud.ledgers.models import LedgerExport
from cloud.platform.papers import Kind
from cloud.platform.shapes import DIGITS, Asked, Day, Shape, Time, UuidText
from protocols.venue.timestamps import format_time

MAX_PAGE: Final = 200


class ColumnShown(Shape):
    """One column of a ledger; `personal` ones are masked unless they are opened with a reason."""

    key: str
    title: str
    kind: Kind
    personal: bool


class LedgerShown(Shape):
    """One ledger."""

    id: str
    title: str
    about: str
    columns: list[ColumnShown]


class ExportAsked(Asked):
    """Which days (both belong to the period), as what; `reason` is needed when personal columns are opened."""

    from_: Annotated[Day, Field(alias="from")]
    to: Day
    form: Literal["xlsx", "pdf"] = "xlsx"
    opened: bool = False
    reason: Annotated[str, StringConstraints(max_length=200)] = ""


class ExportsQuery(Asked):
    """Exports, the newest first: of one ledger, or with one hash of file or content (its beginning is enough)."""

    ledger: Annotated[str, StringConstraints(max_length=32)] = ""
    sha256: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{8,64})?$")] = ""
    cursor: UuidText | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE), DIGITS] = 50


class ExportShown(Shape):
    """What is kept of an export: a file whose SHA-256 is `file_sha256` is the one that was handed out."""

    id: UuidText
    ledger: str
    from_: Annotated[str, Field(alias="from")]
    to: str
    form: Literal["xlsx", "pdf"]
    rows: int
    shown: int
    opened: bool
    reason: str
    content_sha256: str
    file_sha256: str
    bytes: int
    made_by: str
    made_at: Time


def ledger_shown(ledger: Ledger) -> LedgerShown:
    """Return a ledger as REST shows it."""
    columns = [
        ColumnShown(key=column.key, title=column.title, kind=column.kind, personal=column.personal is not None)
        for column in ledger.columns
    ]
    return LedgerShown(id=ledger.id, title=ledger.title, about=ledger.about, columns=columns)


def export_shown(row: LedgerExport) -> ExportShown:
    """Return an export as REST shows it."""
    return ExportShown.model_validate(
        {
            "id": str(row.id), "ledger": row.ledger, "from": row.first_day.isoformat(), "to": row.last_day.isoformat(),
            "form": row.form, "rows": row.rows, "shown": row.shown, "opened": row.opened, "reason": row.reason,
            "content_sha256": row.content_sha256, "file_sha256": row.file_sha256, "bytes": row.bytes,
            "made_by": row.made_by, "made_at": format_time(row.made_at),
        }
    )  # fmt: skip
