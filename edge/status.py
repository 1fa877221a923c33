"""What a state directory tells of its agent, running or not."""

import json
import sqlite3
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from edge.epoch import EPOCH_FILE
from edge.errors import EdgeError, StateDamaged
from edge.http.names import HTTP_FILE
from edge.outbox.rows import heads
from edge.statefile import read_object
from edge.twin import TWIN_FILE
from protocols.venue.vocabulary import STREAMS, Stream

OUTBOX_FILE: Final = "outbox.db"
#: A running agent on this machine answers at once.
ASK_TIMEOUT_S: Final = 1.0
MAX_ANSWER_BYTES: Final = 1024 * 1024


def read_status(state: Path) -> str:
    """Return the status as JSON; EdgeError if the directory is no agent's."""
    if not (state / EPOCH_FILE).exists():
        raise EdgeError(f"{state} is not the state directory of an agent: it has no {EPOCH_FILE}")
    running = _ask(state)
    document = {
        "running": running is not None,
        "epoch": read_object(state / EPOCH_FILE).get("epoch"),
        "outbox": _outbox(state / OUTBOX_FILE),
        "twin": {name: read_object(state / TWIN_FILE).get(name) for name in ("rev", "applied_rev")},
        "connected": running["connected"] if running else None,
        "core_online": running["core_online"] if running else None,
        "clock": running["clock"] if running else None,
        "drivers": running["drivers"] if running else None,
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _outbox(file: Path) -> dict[str, Any]:
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            return {stream: _stream(database, stream) for stream in STREAMS}
    except sqlite3.Error as error:
        raise StateDamaged(f"{file.name}: {error}") from error


def _stream(database: sqlite3.Connection, stream: Stream) -> dict[str, Any]:
    head = heads(database)[stream]
    oldest = database.execute(
        f"SELECT json_extract(text, '$.time') FROM {stream} WHERE seq > ? ORDER BY seq LIMIT 1",  # noqa: S608 - STREAMS
        (head.upto,),
    ).fetchone()
    return {
        "first": head.first,
        "last": head.last,
        "upto": head.upto,
        "unacked": head.last - head.upto,
        "bytes": head.bytes,
        "oldest_unacked": oldest[0] if oldest else None,
    }


def _ask(state: Path) -> dict[str, Any] | None:
    """Return the status of the running agent, None when there is none."""
    try:
        url = str(read_object(state / HTTP_FILE)["url"])
        with urllib.request.urlopen(f"{url}/status", timeout=ASK_TIMEOUT_S) as answer:  # noqa: S310 - our own http URL
            found: dict[str, Any] = json.loads(answer.read(MAX_ANSWER_BYTES))
            return found
    except (OSError, KeyError, ValueError, StateDamaged):
        return None
