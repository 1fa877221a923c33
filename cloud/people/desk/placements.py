"""The pages 实现就业: the count of a period with what stands behind it, and whom to ask whether the job lasted."""

from collections import Counter
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from aiohttp import web

from cloud.identity import audit
from cloud.people.desk.replies import fields_of, tried
from cloud.people.persons import get_person, masked
from cloud.people.placements import follow_ups, placements
from cloud.people.placements.api import show_picture
from cloud.people.placements.drafts import DecisionBody, FollowUpBody, JudgeBody
from cloud.people.placements.period import key_group_placed, listed
from cloud.people.placements.proofs import proof_rules
from cloud.people.placements.shapes import PlacedQuery
from cloud.people.registration import tables
from cloud.people.staff import period_of
from cloud.platform.core import Core
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.platform.shapes import parse
from cloud.web.shell import STRINGS, page, see_other

#: What the tender asks for in a year (item C2.3); the score's own target is a setting of its facts.
TARGET: Final = 500
VERDICTS: Final = ("counted", "no_proof", "disputed", "rejected", "no_group", "again")


async def placements_page(request: web.Request) -> web.Response:
    """GET /placements?since=&until=&verdict=."""
    return await _placements(request)


async def placement_page(request: web.Request) -> web.Response:
    """GET /placements/{id}: one placement with its proofs, for whoever counts or judges it."""
    core, principal = request.app[CORE], request[PRINCIPAL]
    opened = principal.may("placement.write") or principal.may("placement.judge")
    document = await placements.get_placement(core, request.match_info["id"], in_the_open=opened)
    await audit.record(core, principal.label, "placement.read", f"placement:{document['id']}")
    person = masked(core, await get_person(UUID(document["person"])))
    return page(request, "people/placement.html", "people", row=document, person=person, groups=tables.groups())


async def proof_picture(request: web.Request) -> web.Response:
    """GET /placements/{id}/proofs/{proof}: the picture of a proof; the look is recorded."""
    return await show_picture(request)


async def judge(request: web.Request) -> web.Response:
    """POST /placements/{id}/judge: dispute a proved placement, or decide a disputed one."""
    form, label, placement = await fields_of(request), request[PRINCIPAL].label, request.match_info["id"]
    core = request.app[CORE]

    async def do() -> web.Response:
        if form.get("act") == "dispute":
            why = parse(JudgeBody, {"why": form.get("why", "")}).why
            await placements.act(core, placement, "dispute", label, why)
        else:
            body = parse(DecisionBody, {"uphold": form.get("act") == "uphold", "why": form.get("why", "")})
            await placements.act(core, placement, "uphold" if body.uphold else "reject", label, body.why)
        return see_other("/placements?note=judged")

    return await tried(do, lambda error, status: _placements(request, error, status))


async def follow_ups_page(request: web.Request) -> web.Response:
    """GET /placements/follow-ups?done=."""
    return await _follow_ups(request)


async def answer(request: web.Request) -> web.Response:
    """POST /placements/follow-ups/{id}: keep what was heard."""
    core, form, label = request.app[CORE], await fields_of(request), request[PRINCIPAL].label

    async def do() -> web.Response:
        body = parse(FollowUpBody, {"result": form.get("result", ""), "answer": form.get("answer", "")})
        await follow_ups.answer_follow_up(core, request.match_info["id"], body, label)
        return see_other("/placements/follow-ups?note=answered")

    return await tried(do, lambda error, status: _follow_ups(request, error, status))


async def _placements(request: web.Request, error: str = "", status: int = 200) -> web.Response:
    core, principal = request.app[CORE], request[PRINCIPAL]
    given = {name: value for name, value in request.query.items() if name in PlacedQuery.model_fields and value}
    query = parse(PlacedQuery, given)
    since, until = period_of(core, query)
    stations = None if principal.stations is None else sorted(principal.stations)
    placed = await key_group_placed(since, until, stations)
    rows = await listed(core, placed, query.verdict)
    await _looked(core, principal.label, since, until, len(rows))
    verdicts = Counter(one.verdict for one in placed.judged)
    context: dict[str, Any] = {
        "since": since.isoformat(), "until": until.isoformat(), "verdict": query.verdict, "count": placed.count,
        "target": TARGET, "rows": rows, "verdicts": [(name, verdicts[name]) for name in VERDICTS],
        "total": len(placed.judged), "groups": tables.groups(), "kinds": proof_rules(), "error": error,
        "period": urlencode({"since": since.isoformat(), "until": until.isoformat()}),
        "waiting": await follow_ups.count_waiting(), "note": _note(request),
    }  # fmt: skip
    return page(request, "people/placements.html", "people", status, **context)


async def _follow_ups(request: web.Request, error: str = "", status: int = 200) -> web.Response:
    core, done = request.app[CORE], request.query.get("done") == "true"
    rows = await follow_ups.list_follow_ups(core, waiting=not done)
    await audit.record(core, request[PRINCIPAL].label, "person.list", "follow-up", details={"shown": len(rows)})
    context = {"rows": rows, "done": done, "error": error, "note": _note(request)}
    return page(request, "people/follow_ups.html", "people", status, **context)


def _note(request: web.Request) -> str:
    t, key = request.app[STRINGS], f"placement.note.{request.query.get('note', '')}"
    return t(key) if key in t else ""


async def _looked(core: Core, label: str, since: date, until: date, shown: int) -> None:
    details = {"shown": shown, "since": since.isoformat(), "until": until.isoformat()}
    await audit.record(core, label, "person.list", "placement", details=details)
