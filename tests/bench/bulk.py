"""A city's data put into an empty database in one go: stations, events, intervals, verdicts, posts, people."""

import base64
import hashlib
import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from cloud.platform import stores
from cloud.platform.tables import Column, Table, read_tables
from protocols.rules.opening import RULE_VERSION
from protocols.venue.timestamps import format_time
from provisioning.market import Market

STATIONS: Final = 60
SLOTS: Final = (("wall", "wall"), ("door-1", "door"), ("kiosk-1", "kiosk"), ("face-1", "face"), ("light-1", "light"))
STREAMS: Final = ("evidence", "telemetry", "audit")
STRIDE: Final = 2**40
DAYS: Final = 60
#: The generated market that firms, posts and people are of.
SEED: Final = 5
FIRMS: Final = 300
POSTS: Final = 3_000
COMMANDS: Final = 5_000
CHANGES: Final = ("draft", "in_review", "published")

#: Column -> value; what is not given is made up from its kind.
Row = dict[str, Any]


async def fill(url: str, events: int, people: int, now: datetime) -> dict[str, int]:
    """Fill the database of `url`, whose schema is current; return the rows by table."""
    made: dict[str, int] = {}
    async with stores.filling(url) as store:
        tables = await read_tables(store.query, store.dialect)
        changes: Any = stores.CHANGES[store.dialect]
        for name, rows in _content(events, people, now):
            if name in tables:
                table = tables[name]
                made[name] = 0

                def counted(table: Table = table, rows: Iterator[Row] = rows, name: str = name) -> Iterator[list[Any]]:
                    for number, row in enumerate(rows, 1):
                        made[name] = number
                        yield [made_value(column, row, number, changes) for column in table.columns]

                await store.fill(table, counted())
                await store.set_last_id(table, 0)
    return made


def made_value(column: Column, row: Row, number: int, changes: dict[str, Callable[[Any], Any]]) -> Any:
    value = row[column.name] if column.name in row else _made_up(column, number)
    if value is None or column.kind not in changes:
        return value
    return changes[column.kind](value)


def _made_up(column: Column, number: int) -> Any:
    if not column.required and not column.pk:
        return None
    made: dict[str, Any] = {
        "int": number, "text": f"{number}", "bool": False, "time": _at(datetime(2026, 1, 1, tzinfo=UTC)),
        "date": "2026-01-01", "bytes": base64.b64encode(b"x").decode(), "float": 0.5,
        "uuid": str(UUID(int=number)), "json": "{}",
    }  # fmt: skip
    return made[column.kind]


def _content(events: int, people: int, now: datetime) -> Iterator[tuple[str, Iterator[Row]]]:
    yield "station", ({"id": _station(n), "site": "city", "name": f"第{n}驿站", "kind": "station", "parent": None,
                       "scored": True, "position": n} for n in range(STATIONS))  # fmt: skip
    yield "slot", ({"id": n * len(SLOTS) + k + 1, "station_id": _station(n), "name": name, "kind": kind,
                    "heartbeat_s": 60, "position": k, "state": "good", "since": _at(now)}
                   for n in range(STATIONS) for k, (name, kind) in enumerate(SLOTS))  # fmt: skip
    yield "presence", ({"station": _station(n), "online": True, "epoch": 1, "conn": 1, "reason": "birth",
                        "state": "online" if n % 7 else "stale", "since": _at(now), "last_heard": _at(now)}
                       for n in range(STATIONS))  # fmt: skip
    yield "birth", ({"station": _station(n), "epoch": 1, "conn": 1, "store": _store(n), "document": _birth(n, events),
                     "received_at": _at(now)} for n in range(STATIONS))  # fmt: skip
    yield "stream_mark", _marks(events)
    yield "event", _events(events, now)
    yield "signal_interval", _intervals(now)
    yield "opening_verdict", _verdicts(now)
    yield "firm", ({"id": str(UUID(int=1 + firm.number)), "uscc": firm.uscc, "name": firm.name, "verified": True}
                   for firm in Market(SEED, now.date(), FIRMS).firms())  # fmt: skip
    yield "post", _posts(now)
    yield "post_change", ({"id": n * 3 + k + 1, "post_id": str(UUID(int=1_000 + n)), "state": state, "by": "li",
                           "note": "", "at": _at(now)}
                          for n in range(POSTS) for k, state in enumerate(CHANGES))  # fmt: skip
    yield "command", ({"id": str(UUID(int=n)), "station": _station(n % STATIONS), "slot": "wall", "name": "refresh",
                       "args": "{}", "state": "done", "history": "[]", "asked_by": "li", "undecided": n % 1_000 == 0}
                      for n in range(COMMANDS))  # fmt: skip
    yield "person", _people(people, now)


def _station(number: int) -> str:
    return f"st-{number:03d}"


def _store(number: int) -> str:
    return str(UUID(int=number))


def _per_mark(events: int) -> int:
    return -(-events // (STATIONS * len(STREAMS)))


def _birth(number: int, events: int) -> str:
    depth = {stream: {"last": _per_mark(events) + number % 2} for stream in STREAMS}
    return json.dumps(
        {"boot": _store(number), "outbox": depth, "versions": {"yizhan": "0.1.0"}, "clock": {"trust": "ntp"}}
    )


def _marks(events: int) -> Iterator[Row]:
    upto = _per_mark(events)
    for number in range(STATIONS):
        for place, stream in enumerate(STREAMS):
            yield {"id": number * len(STREAMS) + place + 1, "station": _station(number), "store": _store(number),
                   "gaps": "[]", "lost": "[]", "stream": stream, "upto": upto, "highest": upto,
                   "count": upto}  # fmt: skip


def _events(events: int, now: datetime) -> Iterator[Row]:
    """Yield events as they are sent, about 430 bytes each, in the order of their ids."""
    per_mark = _per_mark(events)
    begin = now - timedelta(days=DAYS)
    step = timedelta(days=DAYS) / per_mark
    left = events
    for mark in range(1, STATIONS * len(STREAMS) + 1):
        station = _station((mark - 1) // len(STREAMS))
        for seq in range(1, min(per_mark, left) + 1):
            at = format_time(begin + seq * step)
            text = (
                f'{{"specversion":"1.0","id":"{station}:{mark}:{seq}","source":"/stations/{station}/slots/door-1",'
                f'"type":"cn.yizhan.signal.interval.v1","time":"{at}","datacontenttype":"application/json",'
                f'"subject":"door-1","seq":"{seq}","epoch":"1","clock":"trusted","store":"{_store(mark)}",'
                f'"data":{{"signal":"door","value":"unlocked","from":"{at}","to":"{at}","samples":{seq % 60}}}}}'
            )
            yield {"id": mark * STRIDE + seq, "received_ms": 1_772_000_000_000 + seq, "flags": 0, "text": text}
        left -= min(per_mark, left)


def _intervals(now: datetime) -> Iterator[Row]:
    first = (now + timedelta(hours=8)).date()
    number = 0
    for station in range(STATIONS):
        for ago in range(DAYS):
            nine = (
                int(datetime.combine(first - timedelta(days=ago), datetime.min.time(), UTC).timestamp() + 3_600) * 1_000
            )
            for part in range(10):
                for signal, value in (("door", "unlocked"), ("staff", "present")):
                    number += 1
                    start = nine + part * 48 * 60_000
                    yield {"id": number, "station": _station(station), "slot": f"{signal}-1", "signal": signal,
                           "value": value, "start_ms": start, "end_ms": start + 47 * 60_000, "samples": 47,
                           "clock": "trusted", "received_at": _at(now), "epoch": 1}  # fmt: skip


def _verdicts(now: datetime) -> Iterator[Row]:
    first = (now + timedelta(hours=8)).date()
    number = 0
    for station in range(STATIONS):
        for ago in range(1, DAYS):
            number += 1
            day = first - timedelta(days=ago)
            yield {"id": number, "station": _station(station), "day": day.isoformat(), "rule_version": RULE_VERSION,
                   "input_sha256": hashlib.sha256(f"{number}".encode()).hexdigest(), "computed_at": _at(now),
                   "result": _result(day), "input": "{}"}  # fmt: skip


def _result(day: date) -> str:
    """Return a result of usual length: a day of ten stretches."""
    nine = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=1)
    parts = [
        {"state": "open" if part % 2 else "unknown", "from": format_time(nine + part * timedelta(minutes=24)),
         "to": format_time(nine + (part + 1) * timedelta(minutes=24))}
        for part in range(20)
    ]  # fmt: skip
    counts = {"required": 480, "open": 240, "closed": 0, "unknown": 240, "excused": 0}
    return json.dumps({"day": day.isoformat(), **counts, "verdict": "unproven", "segments": parts})


def _posts(now: datetime) -> Iterator[Row]:
    today = (now + timedelta(hours=8)).date()
    for number, post in enumerate(Market(SEED, today, FIRMS).posts(POSTS)):
        usual: str = ("published", "published", "closed", "draft", "in_review")[number % 5]
        state = {"unlawful": "blocked", "review": "in_review"}.get(post.kind, usual)
        body, pay = post.body, post.body["pay"]
        yield {"id": str(UUID(int=1_000 + number)), "firm_id": str(UUID(int=1 + post.firm)),
               **{name: body[name] for name in ("title", "occupation", "headcount", "requirements", "hours", "form")},
               **body["place"], "pay_min_fen": pay["min_fen"], "pay_max_fen": pay["max_fen"], "pay_unit": pay["unit"],
               "pay_method": pay["method"], "skills": json.dumps(body["skills"]), "gig": body["form"] != "full_time",
               "valid_from": today.isoformat(), "valid_to": (today + timedelta(days=30)).isoformat(),
               "contact_name": body["contact"]["name"], "contact_phone": body["contact"]["phone"], "state": state,
               "created_at": _at(now), "published_at": _at(now) if state in {"published", "closed"} else None,
               "closed_at": _at(now) if state == "closed" else None, "source": body["source"]}  # fmt: skip


def _people(people: int, now: datetime) -> Iterator[Row]:
    rng = random.Random(SEED)
    for number, person in enumerate(Market(SEED, now.date()).people(people), 1):
        blinds = {name: rng.randbytes(32).hex() for name in ("name_blind", "id_blind", "phone_blind")}
        sealed = {
            name: "v1:k1:" + base64.b64encode(rng.randbytes(60)).decode() for name in ("name", "id_number", "phone")
        }
        yield {"id": str(UUID(int=2**100 + number)), "sex": person.sex, "birth": person.birth.isoformat(),
               "channel": person.channel, "station": _station(number % STATIONS), "proof": "none",
               "created_at": _at(now), "updated_at": _at(now), **blinds, **sealed}  # fmt: skip


def _at(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
