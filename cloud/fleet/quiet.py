"""A station's own rules, and what is quiet there: rules that are muted, slots that are worked on, who said so and why.

The rules stand in the site file and are looked at by the station; here they are shown. Quiet is ordered by a command of
the station (`mute`, `maintain`), so it is audited as every command is, and the newest one that was done holds.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final

from aiohttp import web

from cloud.fleet import commands, service
from cloud.fleet.equipment_models import RepairOrder
from cloud.fleet.models import Alarm, Command
from cloud.platform.errors import InvalidInputError
from cloud.platform.http import parse
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.web.mistakes import sent_time, typed_time
from cloud.web.views.quiet import Quiet, RuleRow, RulesView, WorkRow
from protocols.errors import DocumentError
from protocols.rules.alarms import AlarmRule
from protocols.venue.commands import ENDED
from protocols.venue.ids import AGENT
from protocols.venue.rfc3339 import parse_time
from provisioning.site import LocalRule, Maintenance

#: Quiet ends by itself after this: a rule that is wrong belongs out of the site file.
MAX_QUIET: Final = timedelta(days=7)
#: What the form proposes.
USUAL_QUIET: Final = timedelta(hours=2)
#: Orders of a week that are looked at; somebody who gives more has a script.
MAX_ORDERS: Final = 200
MAX_REASON: Final = 100
#: Kind of target in the form -> (command, the argument that names it).
ORDERS: Final[Mapping[str, tuple[str, str]]] = {"rule": ("mute", "rule"), "slot": ("maintain", "slot")}
_DAYS: Final = "一二三四五六日"


def written(alarms: Sequence[LocalRule], maintenance: Sequence[Maintenance]) -> str:
    """Return the rules and planned times of a site file as they are kept with the station."""
    kept = {
        "alarms": [one.model_dump(mode="json") for one in alarms],
        "maintenance": [one.model_dump(mode="json", by_alias=True) for one in maintenance],
    }
    return json.dumps(kept, ensure_ascii=False)


async def rules_view(station: str, kept: str, now: datetime) -> RulesView:
    """Return the rules of a station with what holds and what is quiet."""
    told = json.loads(kept or "{}")
    rules = [LocalRule.model_validate_json(json.dumps(one)).rule for one in told.get("alarms", [])]
    planned = [Maintenance.model_validate_json(json.dumps(one)) for one in told.get("maintenance", [])]
    quiet = _in_force(await _orders(station, now), now)
    works = [WorkRow(slot, one) for (name, slot), one in quiet.items() if name == "maintain"]
    works += [WorkRow(one.slot, Quiet(one.end, "", one.note), one.start) for one in planned if one.end > now]
    if not rules:
        return RulesView((), works, typed_time(now + USUAL_QUIET))
    raised = dict(await Alarm.filter(kind="local_rule", station=station, open=True).values_list("subject", "raised_at"))
    orders = {
        slot: (str(id_), number)
        for slot, id_, number in await RepairOrder.filter(station=station, open_key__not_isnull=True).values_list(
            "slot", "id", "number"
        )
    }
    rows = [
        RuleRow(
            rule.id, rule.slot, rule.text or rule.describe(), rule.describe() + _when(rule), rule.severity,
            rule.work_order, raised.get(f"{rule.slot} {rule.id}"), quiet.get(("mute", rule.id)), orders.get(rule.slot),
        )
        for rule in rules
    ]  # fmt: skip
    return RulesView(rows, works, typed_time(now + USUAL_QUIET))


async def keep_quiet(request: web.Request) -> web.Response:
    """POST /venues/{id}/quiet: `what` is `rule/ID`, `slot/ID` or `slot/` (all), until when and why; `end` ends it."""
    form = await request.post()
    station = request.match_info["id"]
    await service.require_station(station)
    kind, _, target = str(form.get("what", "")).partition("/")
    if kind not in ORDERS:
        raise InvalidInputError("请选择规则或设备", {"what": "unknown"})
    name, argument = ORDERS[kind]
    args: dict[str, Any] = {argument: target, "minutes": 0}
    if "end" not in form:
        args["minutes"] = _minutes(str(form.get("until", "")), request.app[CORE].now())
        args["reason"] = str(form.get("reason", "")).strip()
        if not 0 < len(args["reason"]) <= MAX_REASON:
            raise InvalidInputError("请写明原因", {"reason": "missing"})
    order = parse(commands.Order, {"name": name, "args": args})
    await commands.ask(request.app[CORE], station, AGENT, order, request[PRINCIPAL].label)
    return web.Response(status=303, headers={"Location": f"/venues/{station}#rules"})


def _minutes(until: str, now: datetime) -> int:
    """Return for how many minutes something is to be quiet."""
    try:
        left = parse_time(sent_time(until)) - now
    except DocumentError as error:
        raise InvalidInputError("请填写到什么时候", {"until": "missing"}) from error
    if not timedelta() < left <= MAX_QUIET:
        raise InvalidInputError("时间须在现在之后、7 天以内", {"until": "out_of_range"})
    return ceil(left / timedelta(minutes=1))


async def _orders(station: str, now: datetime) -> Sequence[Command]:
    """Return the orders of quiet that may still hold, newest first."""
    names = [name for name, _ in ORDERS.values()]
    found = Command.filter(station=station, slot=AGENT, name__in=names, created_at__gt=now - MAX_QUIET)
    return await found.order_by("-created_at").limit(MAX_ORDERS)


def _in_force(orders: Sequence[Command], now: datetime) -> dict[tuple[str, str], Quiet]:
    """Return (command, target) -> what is quiet now; the newest order that was done counts, or still may be."""
    judged: dict[tuple[str, str], Quiet | None] = {}
    arguments = dict(ORDERS.values())
    for row in orders:
        args = json.loads(row.args)
        key = row.name, str(args.get(arguments[row.name], ""))
        if key in judged or (row.state in ENDED and row.state != "done"):
            continue
        judged[key] = _quiet_of(row, args, now)
    return {key: one for key, one in judged.items() if one is not None}


def _quiet_of(row: Command, args: Mapping[str, Any], now: datetime) -> Quiet | None:
    waits = row.state != "done"
    told = "" if waits else str(json.loads(row.result or "{}").get("until", ""))
    minutes = args.get("minutes", 0)
    until = parse_time(told) if told else row.created_at + timedelta(minutes=minutes if waits else 0)
    if until <= now:
        return None
    return Quiet(until, row.asked_by.removeprefix("staff:"), str(args.get("reason", "")), waits)


def _when(rule: AlarmRule) -> str:
    """Return when a rule is watched, empty for always."""
    hours = "、".join(f"{_clock(first)}–{_clock(last)}" for first, last in rule.hours)
    days = "周" + "".join(_DAYS[day] for day in sorted(rule.weekdays)) if rule.weekdays else ""
    return f"（只在{days}{' ' if days and hours else ''}{hours}）" if days or hours else ""


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
