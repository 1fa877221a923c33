"""Messages over REST, on the page 系统 → 通知, and the door for a gateway's delivery reports."""

import time
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import hdrs, web
from pydantic import ValidationError

from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, NotFoundError
from cloud.platform.http import answer
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.notify import ledger
from cloud.platform.notify.ledger import Filter, Row
from cloud.platform.notify.providers import sms_account
from cloud.platform.notify.service import templates
from cloud.platform.notify.shapes import DeliveriesAsked, Repeated, shown
from cloud.platform.notify.states import CHANNELS, STATES
from cloud.platform.shapes import Page, parse, query_of
from cloud.platform.times import market_day
from cloud.web.shell import STRINGS, system_page
from firmware_profiles.ui.catalogue import Catalogue
from firmware_profiles.ui.messages import Templates
from protocols.errors import SignatureRefused
from protocols.sms import Request, SmsStatus, verify

#: Where gateways report to; signed with the account's secret.
REPORTS_PATH: Final = "/hooks/sms"
PAGE_ROWS: Final = 50
MAX_REPORT_BYTES: Final = 16 * 1024
_FILTERS: Final = ("state", "channel", "template")


@dataclass(frozen=True, slots=True)
class Line:
    """One delivery as the page tells it."""

    row: Row
    title: str
    kind: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class Month:
    """What was sent in a month and what it cost."""

    first: date
    count: int
    fen: int


async def list_deliveries(request: web.Request) -> web.Response:
    """GET /api/v1/messages?state=&channel=&template=&cursor=&limit=."""
    asked = query_of(request, DeliveriesAsked)
    rows, following = await ledger.deliveries(_filter(asked), asked.cursor, asked.limit)
    items = [shown(row).model_dump(mode="json") for row in rows]
    return answer(Page[Any](items=items, next=following).model_dump())


async def repeat_delivery(request: web.Request) -> web.Response:
    """POST /api/v1/messages/{id}/again."""
    new = await ledger.again(request.app[CORE], request.match_info["id"], request[PRINCIPAL].label)
    return answer(Repeated.model_validate({"id": new}).model_dump(mode="json"), status=201)


async def messages_page(request: web.Request) -> web.Response:
    """GET /system/messages, with the filters of the REST route."""
    note = request.app[STRINGS]("message.repeated") if request.query.get("note") == "repeated" else ""
    return await _page(request, note)


async def repeat_form(request: web.Request) -> web.Response:
    """POST /system/messages/{id}/again: a person decides what the system must not."""
    try:
        await ledger.again(request.app[CORE], request.match_info["id"], request[PRINCIPAL].label)
    except ConflictError as error:
        return await _page(request, str(error), bad=True, status=409)
    return web.Response(status=303, headers={"Location": "/system/messages?note=repeated"})


async def take_report(request: web.Request) -> web.Response:
    """POST /hooks/sms: a delivery report; one that is not the gateway's changes nothing and is counted."""
    core = request.app[CORE]
    account = sms_account(core.settings)
    body = await request.read()
    if account is None:
        return _plain(404, "no gateway is set up")
    if len(body) > MAX_REPORT_BYTES:
        return _plain(413, f"a report has at most {MAX_REPORT_BYTES} bytes")
    signed = Request(request.method, request.path, body)
    header = request.headers.get(hdrs.AUTHORIZATION, "")
    try:
        # Whether its number was used before is not asked: the same report again tells nothing new.
        verify(header, signed, {account.key_id: account.secret}, time.time())
        status = SmsStatus.model_validate_json(body)
        news = await ledger.report(core, status)
    except SignatureRefused as error:
        core.metrics.reports_refused.inc()
        return _plain(401, error.code)
    except ValidationError as error:
        return _plain(422, error.errors()[0]["msg"])
    except NotFoundError:
        # A message that was forgotten meanwhile: there is nothing that the gateway could do about it.
        news = False
    return _plain(200, "noted" if news else "known")


async def _page(request: web.Request, message: str = "", *, bad: bool = False, status: int = 200) -> web.Response:
    core, t = request.app[CORE], request.app[STRINGS]
    given = {name: text for name in (*_FILTERS, "cursor") if (text := request.query.get(name, "").strip())}
    asked = parse(DeliveriesAsked, given)
    rows, following = await ledger.deliveries(_filter(asked), asked.cursor, PAGE_ROWS)
    kept = {name: text for name, text in given.items() if name != "cursor"}
    counts = await ledger.counts()
    known = templates(core)
    context: dict[str, Any] = {
        "lines": [line_of(row, known, t) for row in rows],
        "filters": {name: given.get(name, "") for name in _FILTERS},
        "counts": {"": sum(counts.values()), **counts},
        "states": ("", *STATES),
        "channels": CHANNELS,
        "templates": [(name_of(one.id, known, t), one) for one in known.values()],
        "months": await _months(core),
        "query": urlencode(kept),
        "older": urlencode(kept | {"cursor": following}) if following else "",
        "first": asked.cursor is None,
        "no_gateway": not core.settings.notify_sms_url,
        "message": message,
        "message_bad": bad,
    }
    return system_page(request, "messages.html", "messages", status, **context)


def line_of(row: Row, known: Templates, t: Catalogue) -> Line:
    """Return a delivery in words; a reason that the catalogue does not know is told as it came."""
    kind, _, name = row.recipient.partition(":")
    word = f"message.kind.{kind}"
    return Line(
        row=row,
        title=name_of(row.template, known, t),
        kind=t(word) if word in t else kind,
        who=name if kind == "staff" else name[-8:],
        why=reason_of(row.error, t),
    )


def name_of(template: str, known: Templates, t: Catalogue) -> str:
    """Return what a template is called: its title, or a name of its own when its title is a value."""
    key = f"message.names.{template}"
    return t(key) if key in t else known[template].title if template in known else template


def reason_of(error: str, t: Catalogue) -> str:
    """Return why a delivery is where it is; what the catalogue does not know is told as it came."""
    code, _, rest = error.partition(":")
    if code[:1].isdigit():
        return t("message.why.provider", code=code)
    key = f"message.why.{code}"
    return t(key) + (f"（{rest.strip()}）" if rest.strip() else "") if key in t else error


async def _months(core: Core) -> list[Month]:
    """Return this month and the one before."""
    first = market_day(core.now()).replace(day=1)
    months = []
    for day in (first, (first - timedelta(days=1)).replace(day=1)):
        found = await ledger.costs(day)
        months.append(Month(day, sum(one[0] for one in found.values()), sum(one[1] for one in found.values())))
    return months


def _filter(asked: DeliveriesAsked) -> Filter:
    return Filter(asked.state or "", asked.channel or "", asked.template)


def _plain(status: int, word: str) -> web.Response:
    return web.json_response({"result": word}, status=status, headers={hdrs.CACHE_CONTROL: "no-store"})
