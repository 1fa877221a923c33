"""ThingsBoard gateway's event storage, driven as the gateway does: `sqlite|file put|count|rate FOLDER [EVENTS]`.

`put` says the number of each event that was taken, a thousand a second, until it is killed; `count` says how many of
them there are; `rate` says events/s of putting, of putting until they are in the store, and of draining.
"""

import json
import logging
import os
import sqlite3
import sys
import threading
import time
from pathlib import Path
from typing import Any

from thingsboard_gateway.storage.file.file_event_storage import (  # type: ignore[import-not-found]
    FileEventStorage,
)
from thingsboard_gateway.storage.sqlite.sqlite_event_storage import (  # type: ignore[import-not-found]
    SQLiteEventStorage,
)

#: As in the `storage` section of the shipped tb_gateway.json.
SHIPPED = {
    "read_records_count": 100, "max_records_count": 100_000, "max_file_count": 10, "max_read_records_count": 10,
    "max_records_per_file": 10_000, "messages_ttl_check_in_hours": 1, "messages_ttl_in_days": 7,
}  # fmt: skip
PUT_PAUSE_S = 0.001
#: A drain that takes longer is cut off there; its rate counts what came until then.
MAX_DRAIN_S = 30.0
#: Nothing for this long: the store is empty (its thread looks every 0.2 s).
EMPTY_S = 2.0
TEXT = json.dumps(
    {"deviceName": "door-1", "deviceType": "default", "telemetry": [{"ts": 1, "values": {"pad": "x" * 330}}]}
)


def main(words: list[str]) -> None:
    """Do one thing."""
    kind, what, folder = words[:3]
    storage = open_storage(kind, folder)
    if what == "put":
        put_until_killed(storage)
    found = len(drain(storage)[0]) if what == "count" else rate(storage, int(words[3]), kind, Path(folder))
    print(json.dumps(found), flush=True)
    os._exit(0)  # its threads need not end well


def open_storage(kind: str, folder: str) -> Any:
    """Return the storage with the shipped settings."""
    log = logging.getLogger("storage")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    log.trace = log.debug  # type: ignore[attr-defined] # a level of its own
    given = {**SHIPPED, "data_folder_path": f"{folder}/", "data_file_path": f"{folder}/"}
    return (SQLiteEventStorage if kind == "sqlite" else FileEventStorage)(given, log, threading.Event())


def put_until_killed(storage: Any) -> None:
    """Say the number of every event that was taken."""
    number = 0
    while True:
        number += 1
        if not storage.put(f"{number} {TEXT}"):
            raise SystemExit("the storage is full")
        os.write(1, b"%d\n" % number)
        time.sleep(PUT_PAUSE_S)


def drain(storage: Any) -> tuple[set[str], float]:
    """Return what was in the storage, and the seconds from the first to the last pack."""
    found: set[str] = set()
    began = last = time.perf_counter()
    while time.perf_counter() - last < EMPTY_S and last - began < MAX_DRAIN_S:
        pack = storage.get_event_pack()
        if pack:
            found.update(text.split(" ", 1)[0] for text in pack)
            storage.event_pack_processing_done()
            last = time.perf_counter()
        else:
            time.sleep(0.005)
    return found, last - began


def rate(storage: Any, events: int, kind: str, folder: Path) -> dict[str, float]:
    """Return events/s of each path."""
    began = time.perf_counter()
    for number in range(events):
        storage.put(f"{number} {TEXT}")
    put_s = time.perf_counter() - began
    while kind == "sqlite" and stored(folder) < events:
        time.sleep(0.01)
    stored_s = time.perf_counter() - began
    found, drained_s = drain(storage)
    return {"put": events / put_s, "stored": events / stored_s, "drained": len(found) / max(drained_s, 0.001)}


def stored(folder: Path) -> int:
    """Return how many rows the database file has."""
    with sqlite3.connect(f"file:{folder}/data.db?mode=ro", uri=True, timeout=5) as database:
        return int(database.execute("SELECT count(*) FROM messages").fetchone()[0])


if __name__ == "__main__":
    main(sys.argv[1:])
