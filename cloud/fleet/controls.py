"""What a person does on the page of a station: send a command, say what became of one."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from aiohttp import web

from cloud.fleet import alarms, commands, service, wishes
from cloud.fleet.api import alarm_number
from cloud.fleet.models import Command
from cloud.identity.guard import require_visible
from cloud.platform.errors import InvalidInputError
from cloud.platform.http import parse
from cloud.platform.keys import CORE, PRINCIPAL
from cloud.web.views.control import CommandRow, Offer, Setting
from firmware_profiles.registry import profiles
from firmware_profiles.schema import Profile, Value
from protocols.errors import DocumentError
from protocols.venue.strict_json import load_object

#: Commands of the station itself and their arguments.
_OF_THE_STATION: Final = (("digest", "day"), ("mute", "rule, minutes, reason"), ("maintain", "slot, minutes, reason"))


async def send_command(request: web.Request) -> web.Response:
    """POST /venues/{id}/commands: the form's `command` is `slot/name`, its `args` a JSON object or nothing."""
    form = await request.post()
    station = request.match_info["id"]
    slot, _, name = str(form.get("command", "")).partition("/")
    known = dict(_profiles((await service.known_station(station)).slots)).get(slot)
    spec = known.commands.get(name) if known else None
    order = parse(commands.Order, {"name": name, "args": read_args(str(form.get("args", "")))})
    if spec is not None:  # the profile knows how long its commands take: a list of people half an hour
        order = order.model_copy(update={"timeout_s": spec.timeout_s})
    await commands.ask(request.app[CORE], station, slot, order, request[PRINCIPAL].label)
    return _back(station)


async def decide_command(request: web.Request) -> web.Response:
    """POST /commands/{id}/decision: what a person says of an indeterminate command."""
    choice = str((await request.post()).get("choice", ""))
    asked = await commands.find(request.match_info["id"])
    require_visible(request, asked.station, f"command {asked.id!r}")
    row, _ = await commands.decide(request.app[CORE], request.match_info["id"], choice, request[PRINCIPAL].label)
    return _back(row.station)


async def acknowledge_alarm(request: web.Request) -> web.Response:
    """POST /alarms/{id}/acknowledge."""
    number = alarm_number(request)
    require_visible(request, await alarms.station_of(number), f"alarm {number}")
    await alarms.acknowledge(request.app[CORE], number, request[PRINCIPAL].label)
    return web.Response(status=303, headers={"Location": "/#alarms"})


def read_args(text: str) -> dict[str, object]:
    """Return the arguments that a person typed as JSON; nothing typed is no argument."""
    if not text.strip():
        return {}
    try:
        return load_object(text.encode())
    except DocumentError as error:
        raise InvalidInputError(f"参数须为 JSON 对象：{error}", {"args": str(error)}) from error


async def set_field(request: web.Request) -> web.Response:
    """POST /venues/{id}/twin: the form's `setting` is `slot/field`; an empty `value` takes the wish back."""
    form = await request.post()
    station = request.match_info["id"]
    slot, _, name = str(form.get("setting", "")).partition("/")
    rev, text = str(form.get("rev", "")), str(form.get("value", "")).strip()
    known = dict(_profiles((await service.known_station(station)).slots)).get(slot)
    if known is None or name not in known.settings or not (rev.isascii() and rev.isdigit()):
        raise InvalidInputError("没有这个参数", {"setting": "unknown"})
    value = read_value(text, known.settings[name]) if text else None
    await wishes.set_field(request.app[CORE], station, slot, {name: value}, int(rev))
    return web.Response(status=303, headers={"Location": f"/venues/{station}#twin"})


def read_value(text: str, kind: Value) -> object:
    """Return what a person typed as a value of a setting; InvalidInputError says what is allowed."""
    value: object = text
    if kind.type == "boolean":
        value = {"true": True, "是": True, "false": False, "否": False}.get(text, text)
    elif kind.type != "string":
        try:
            value = int(text) if kind.type == "integer" else float(text)
        except ValueError:
            value = text
    if kind.refuse(value) is not None:
        raise InvalidInputError(f"可填：{kind.describe()}", {"value": kind.describe()})
    return value


def offers(slots: Iterable[Mapping[str, Any]]) -> list[Offer]:
    """Return every command that the profiles of a station's slots declare, and those of the station itself."""
    found = [
        Offer(slot, name, ", ".join(spec.args))
        for slot, known in _profiles(slots)
        for name, spec in known.commands.items()
    ]
    return [*found, *(Offer("agent", name, args) for name, args in _OF_THE_STATION)]


def settings(slots: Iterable[Mapping[str, Any]]) -> list[Setting]:
    """Return every setting that the profiles of a station's slots declare."""
    return [
        Setting(slot, name, kind.describe())
        for slot, known in _profiles(slots)
        for name, kind in known.settings.items()
    ]


def _profiles(slots: Iterable[Mapping[str, Any]]) -> list[tuple[str, Profile]]:
    """Return (slot, profile) of every slot with a device that we know."""
    known = profiles()
    return [(slot["id"], known[slot["profile"]]) for slot in slots if slot["profile"] in known]


def row_of(row: Command) -> CommandRow:
    """Return a command as a line of the page."""
    document = commands.document(row)
    late, reason = document["late"], document["reason"] or {}
    decision = document["decision"] or {}
    return CommandRow(
        id=row.id,
        slot=row.slot,
        name=row.name,
        args=", ".join(f"{name}={value}" for name, value in document["args"].items()),
        state=row.state,
        by=row.asked_by.removeprefix("staff:"),
        created_at=row.created_at,
        ended_at=row.ended_at,
        reason=": ".join(filter(None, (reason.get("code"), reason.get("text")))),
        late=late["state"] if late else "",
        undecided=row.undecided,
        decision=decision.get("choice", ""),
        decided_by=str(decision.get("by", "")).removeprefix("staff:"),
        decided_at=row.decided_at,
    )


def _back(station: str) -> web.Response:
    return web.Response(status=303, headers={"Location": f"/venues/{station}#commands"})
