"""People on access terminals: lists that are fetched by their hash, ids of staff, what is stored of a record."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import aiohttp

from devices.driver import Host, Json
from devices.errors import DeviceRefused
from devices.fetching import fetch
from protocols.venue.rfc3339 import format_time

#: How ids of staff begin, when the settings do not say.
STAFF_PREFIX: Final = "staff-"
#: A record that is older than this was kept back.
LATE: Final = timedelta(seconds=60)
#: One that is older than this moves no signal: a terminal is not away for a week, its clock may be.
TOO_LATE: Final = timedelta(days=7)
#: A record from the future by more than this has no time that counts.
FUTURE: Final = timedelta(seconds=120)
#: People whom one list may name, and one order may delete.
MAX_LISTED: Final = 20_000
MAX_DELETED: Final = 200
#: Entries of a result that are told one by one.
MAX_SHOWN: Final = 50
#: Characters of an id on a terminal.
MAX_ID: Final = 48
MAX_NAME: Final = 32


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody on a list."""

    id: str
    name: str


async def people_of(url: str, sha256: str) -> list[Listed]:
    """Return the people in the JSON list at an address, `[{"id", "name"}]`: so no name stands in a command."""
    async with aiohttp.ClientSession(trust_env=False) as session:
        data = await fetch(session, url, sha256, "名单")
    try:
        people = [Listed(str(one["id"]), str(one.get("name", ""))[:MAX_NAME]) for one in json.loads(data)]
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise DeviceRefused(f"名单读不出来：{type(error).__name__}") from error
    if len(people) > MAX_LISTED or not all(0 < len(one.id) <= MAX_ID for one in people):
        raise DeviceRefused(f"一份名单最多 {MAX_LISTED} 人，编号 1 到 {MAX_ID} 个字符")
    return people


def ids_of(text: str) -> tuple[str, ...]:
    """Return the ids with commas between them, each once; DeviceRefused for none or too many."""
    ids = tuple(dict.fromkeys(text.split(",")))
    if not all(ids) or len(ids) > MAX_DELETED:
        raise DeviceRefused(f"1 to {MAX_DELETED} ids with commas between them")
    return ids


def shown_refusals(refused: Json) -> Json:
    """Return the first refusals of a batch, for people."""
    return dict(list(refused.items())[:MAX_SHOWN])


def timed(at: datetime, now: datetime) -> datetime | None:
    """Return the time of a record, None when it lies so far ahead that the device's clock is wrong."""
    return at if at <= now + FUTURE else None


def kept_record(person: str, record: str, at: datetime | None, now: datetime) -> Json:
    """Return what is stored of a record: the id, the time, whether it was kept back. No name, card or picture."""
    late = at is not None and now - at > LATE
    when = {} if at is None else {"at": format_time(at)}
    return {"person": person, "record": record, "late": late, **when}


async def told_erased(host: Host, terminal: str, ids: Sequence[str], left: Sequence[str]) -> None:
    """Store the receipt of a deletion in the stream whose digest is signed: who is gone, and who is still there."""
    erased = [one for one in ids if one not in left]
    receipt = {"command": host.command_id, "terminal": terminal, "erased": erased, "left": list(left)}
    await host.event_once(f"erased:{host.command_id}:{len(left)}", "people.erased", receipt, "evidence")


async def told_enrolled(host: Host, terminal: str, person: str) -> None:
    """Store that a terminal has somebody's face from a live picture: who withdraws his consent is deleted there."""
    told = {"command": host.command_id, "terminal": terminal, "person": person}
    await host.event_once(f"enrolled:{host.command_id}", "people.enrolled", told, "evidence")


def counted(done: Sequence[object], refused: Json) -> Json:
    """Return the result of a batch."""
    return {"pushed": len(done) - len(refused), "refused": len(refused), "why": shown_refusals(refused)}
