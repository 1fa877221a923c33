"""REST of ledgers: which there are, a file of one, what is kept of every file."""

import base64
from typing import Final
from urllib.parse import quote

from aiohttp import hdrs, web

from cloud.identity.service import Principal
from cloud.ledgers import service
from cloud.ledgers.shapes import ExportAsked, ExportShown, ExportsQuery, LedgerShown, export_shown, ledger_shown
from cloud.platform.http import answer
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.problems import ProblemError
from cloud.platform.shapes import Page, body_of, query_of

#: The file that is handed out, made ahead of the transaction that keeps its hash.
MADE: Final = web.RequestKey("ledger file", service.Made)


async def list_ledgers(request: web.Request) -> web.Response:
    """GET /api/v1/ledgers: every ledger with its columns."""
    del request
    return answer(Page[LedgerShown](items=[ledger_shown(one) for one in service.LEDGERS.values()], next=None))


async def prepare_export(request: web.Request) -> None:
    """Make the file ahead of the transaction of `make_export`: it may take seconds."""
    asked = body_of(request, ExportAsked)
    ledger = service.find_ledger(request.match_info["id"])
    wanted = service.Wanted(ledger, asked.from_, asked.to, asked.form, asked.opened, asked.reason)
    request[MADE] = await service.make(request.app[CORE], wanted, allowed(request[PRINCIPAL], wanted).label)


async def make_export(request: web.Request) -> web.Response:
    """POST /api/v1/ledgers/{id}/exports: the ledger of a period as a file; its hash is kept.

    The answer is the file; Location names what is kept of it, Repr-Digest (RFC 9530) its hash.
    """
    row = await service.keep(request.app[CORE], request[MADE])
    return file_response(request[MADE], 201, {hdrs.LOCATION: f"/api/v1/exports/{row.id}"})


async def list_exports(request: web.Request) -> web.Response:
    """GET /api/v1/exports: what was exported, the newest first."""
    query = query_of(request, ExportsQuery)
    rows, following = await service.list_exports(
        ledger=query.ledger, sha256=query.sha256, cursor=query.cursor, limit=query.limit
    )
    return answer(Page[ExportShown](items=[export_shown(row) for row in rows], next=following))


async def get_export(request: web.Request) -> web.Response:
    """GET /api/v1/exports/{id}: what is kept of one export: who, when, how many rows, the hashes."""
    return answer(export_shown(await service.get_export(request.match_info["id"])))


def allowed(principal: Principal, wanted: service.Wanted) -> Principal:
    """Return who asks when he may: personal columns are opened by few."""
    if wanted.opened and not principal.may("ledger.open"):
        raise ProblemError(403, "forbidden", f"{principal.label} lacks ledger.open")
    return principal


def file_response(made: service.Made, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """Return a file to be kept by whoever asked, with its hash."""
    digest = base64.b64encode(bytes.fromhex(made.file_sha256)).decode()
    head = {
        hdrs.CONTENT_DISPOSITION: f"attachment; filename*=UTF-8''{quote(made.name)}",
        hdrs.CACHE_CONTROL: "no-store",
        "Repr-Digest": f"sha-256=:{digest}:",
        **(headers or {}),
    }
    return web.Response(
        body=made.file, status=status, content_type=service.CONTENT_TYPES[made.wanted.form], headers=head
    )
