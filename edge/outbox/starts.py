"""Which starts of the agent wrote into this store, and the way out of a store that another line of starts wrote too."""

import json
import sqlite3
from collections.abc import Mapping
from typing import Any, Final

import uuid_utils

from protocols.venue.lineage import MAX_LINEAGE, StartMark
from protocols.venue.vocabulary import STREAMS, Stream

TABLE: Final = """CREATE TABLE start(n INTEGER PRIMARY KEY, boot TEXT NOT NULL UNIQUE,
    answered INTEGER NOT NULL DEFAULT 0, evidence INTEGER NOT NULL, ops INTEGER NOT NULL, telemetry INTEGER NOT NULL)"""
#: Starts that are remembered; a core restored from a backup may still name an old one.
MAX_STARTS: Final = 1_000
GAP_TYPE: Final = "cn.yizhan.agent.gap.declared.v1"
REPLACED_TYPE: Final = "cn.yizhan.agent.outbox.replaced.v1"

_COLUMNS: Final = "boot, evidence, ops, telemetry"


def note_earlier(connection: sqlite3.Connection) -> None:
    """Enter a start that stands for all before there was this table."""
    connection.execute("INSERT INTO start(boot, evidence, ops, telemetry) VALUES(?, 0, 0, 0)", (_new_id(),))


def begin(connection: sqlite3.Connection, boot: str) -> bool:
    """Enter this start with where each stream stands; returns whether it is the store's first."""
    first = connection.execute("SELECT 1 FROM start LIMIT 1").fetchone() is None
    last = dict(connection.execute("SELECT name, last FROM stream"))
    connection.execute(
        f"INSERT OR IGNORE INTO start({_COLUMNS}) VALUES(?, ?, ?, ?)",
        (boot, *(last[stream] for stream in STREAMS)),
    )
    connection.execute("DELETE FROM start WHERE n <= (SELECT max(n) FROM start) - ?", (MAX_STARTS,))
    return first


def lineage(connection: sqlite3.Connection, since: str | None = None) -> list[StartMark]:
    """Return the starts from `since`, or from the newest that the core has answered; the middle of many is left out."""
    first = connection.execute("SELECT n FROM start WHERE boot = ?", (since,)).fetchone() if since else None
    if first is None:
        first = connection.execute(
            "SELECT coalesce((SELECT max(n) FROM start WHERE answered), (SELECT min(n) FROM start))"
        ).fetchone()
    query = f"SELECT {_COLUMNS} FROM start WHERE n >= ? ORDER BY n"  # noqa: S608
    found = [
        StartMark(boot=boot, evidence=evidence, ops=ops, telemetry=telemetry)
        for boot, evidence, ops, telemetry in connection.execute(query, (first[0],))
    ]
    return found if len(found) <= MAX_LINEAGE else [*found[:2], *found[2 - MAX_LINEAGE :]]


def remembers(connection: sqlite3.Connection, boot: str) -> bool:
    """Return whether a start wrote into this store here."""
    return connection.execute("SELECT 1 FROM start WHERE boot = ?", (boot,)).fetchone() is not None


def answered(connection: sqlite3.Connection, boot: str) -> None:
    """Note that the core takes a start as the store's newest; it may send events from now on."""
    connection.execute("UPDATE start SET answered = 1 WHERE boot = ?", (boot,))


def part(connection: sqlite3.Connection, boot: str, common: Mapping[Stream, int]) -> str:
    """Take what lies behind `common` into a new store and return that one's id.

    What lies before is the other line's too, and the core has it. Events keep id, time and epoch; they were never sent.
    """
    store = _new_id()
    for stream in STREAMS:
        _move(connection, stream, common[stream])
    _shift_gaps(connection, common)
    for stream in STREAMS:
        _recount(connection, stream, common[stream])
    for table in ("ack_mark", "digest", "digest_mark", "start"):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names above
    connection.execute("DELETE FROM meta WHERE key IN ('ack_epoch', 'digest_day')")
    connection.execute("UPDATE meta SET value = ? WHERE key = 'store'", (store,))
    connection.execute(
        f"INSERT INTO start({_COLUMNS}) VALUES(?, 0, 0, 0)",
        (boot,),
    )
    return store


def _move(connection: sqlite3.Connection, stream: Stream, common: int) -> None:
    if common == 0:
        return
    connection.execute(f"DELETE FROM {stream} WHERE seq <= ?", (common,))  # noqa: S608 - STREAMS
    # Lowest first, and below it there is nothing left: no number is taken twice on the way.
    connection.execute(f"UPDATE {stream} SET seq = seq - ?", (common,))  # noqa: S608


def _recount(connection: sqlite3.Connection, stream: Stream, common: int) -> None:
    size = connection.execute(f"SELECT coalesce(sum(length(CAST(text AS BLOB))), 0) FROM {stream}").fetchone()[0]  # noqa: S608
    connection.execute(
        "UPDATE stream SET last = max(last - ?, 0), upto = 0, bytes = ? WHERE name = ?", (common, size, stream)
    )


def _shift_gaps(connection: sqlite3.Connection, common: Mapping[Stream, int]) -> None:
    """Let declared losses name the new numbers; what was lost of the old store's part is only told."""
    query = "SELECT seq, text FROM evidence WHERE json_extract(text, '$.type') = ?"
    for seq, text in connection.execute(query, (GAP_TYPE,)).fetchall():
        event = json.loads(text)
        _shift(event, common)
        rewritten = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        connection.execute("UPDATE evidence SET text = ? WHERE seq = ?", (rewritten, seq))


def _shift(event: dict[str, Any], common: Mapping[Stream, int]) -> None:
    data = event["data"]
    by = common[data["stream"]]
    moved = [[max(first - by, 1), last - by] for first, last in data["ranges"] if last > by]
    if moved:
        data["ranges"] = moved
    else:  # as a gap it would make the core count these numbers of the new store as dealt with
        event["type"] = REPLACED_TYPE
        event["data"] = {"reason": f"{data['reason']}: {data['stream']} {data['ranges']} of the store before"}


def _new_id() -> str:
    return str(uuid_utils.uuid7())
