"""The audit chain over REST and on the page 系统 → 审计: filters, paging, CSV."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import hdrs, web

from cloud.identity import auditlog
from cloud.identity.shapes_audit import AuditAsked, AuditLine, AuditPage
from cloud.platform.http import answer
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.shapes import parse, query_of
from cloud.platform.times import MARKET_TIME, market_day
from cloud.web.shell import system_page

PAGE_ROWS: Final = 50
RESULTS: Final = ("ok", "refused", "failed")
_FILTERS: Final = ("since", "until", "actor", "action", "subject", "result")
#: What is exported: which rows, as CSV, how many.
_EXPORT: Final = web.RequestKey("export", tuple[auditlog.Filter, str, int])
#: Spreadsheets take a file without it for another encoding.
_BOM: Final = "\ufeff"


async def list_audit(request: web.Request) -> web.Response:
    """GET /api/v1/audit: who did what to what and with which result, the newest first."""
    asked = query_of(request, AuditAsked)
    rows, following = await auditlog.list_rows(_filter(asked), before=asked.cursor, limit=asked.limit)
    items = [AuditLine.model_validate(auditlog.row_document(row)) for row in rows]
    return answer(AuditPage(items=items, next=following).model_dump())


async def audit_page(request: web.Request) -> web.Response:
    """GET /system/audit, with the filters of the REST route."""
    given = {name: text.strip() for name, text in request.query.items() if name in AuditAsked.model_fields and text}
    asked = parse(AuditAsked, given)
    rows, following = await auditlog.list_rows(_filter(asked), before=asked.cursor, limit=PAGE_ROWS)
    filters = {name: given.get(name, "") for name in _FILTERS}
    kept = {name: text for name, text in filters.items() if text}
    context: dict[str, Any] = {
        "rows": [auditlog.row_document(row) | {"at": row.at} for row in rows],
        "filters": filters,
        "results": RESULTS,
        "query": urlencode(kept),
        "older": urlencode(kept | {"cursor": following}) if following else "",
        "first": asked.cursor is None,
        "today": market_day(request.app[CORE].now()),
    }
    return system_page(request, "audit.html", "audit", **context)


async def read_export(request: web.Request) -> None:
    """Read what is exported ahead of the transaction of `export_audit`: it may take seconds."""
    form = await request.post()
    given = {name: str(form.get(name, "")).strip() for name in _FILTERS}
    wanted = _filter(parse(AuditAsked, {name: text for name, text in given.items() if text}))
    request[_EXPORT] = (wanted, *await auditlog.csv_of(wanted))


async def export_audit(request: web.Request) -> web.Response:
    """POST /system/audit/export: the rows of the filters as CSV; the export itself is a row."""
    wanted, text, count = request[_EXPORT]
    await auditlog.record_export(request.app[CORE], request[PRINCIPAL].label, wanted, count)
    name = f"audit-{market_day(request.app[CORE].now()).isoformat()}.csv"
    headers = {hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"', hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(text=_BOM + text, content_type="text/csv", charset="utf-8", headers=headers)


def _filter(asked: AuditAsked) -> auditlog.Filter:
    """Return the filter; `until` names the last day that is asked for."""
    return auditlog.Filter(
        since=_start(asked.since) if asked.since else None,
        until=_start(asked.until + timedelta(days=1)) if asked.until and asked.until < date.max else None,
        actor=asked.actor,
        action=asked.action,
        subject=asked.subject,
        result=asked.result,
    )


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, MARKET_TIME).astimezone(UTC)
