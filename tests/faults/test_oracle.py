"""The oracle sees what it is there to see: a loss, a double, a change, an invention, a loss with its disk."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.faults.oracle import Blow, Findings, Line, blame, compare, read_puts
from tests.faults.program import PUT_LOG, digest

STORE = "s-1"


def event(number: int, n: int | None = None) -> dict[str, Any]:
    data = {"n": number if n is None else n}
    return {"id": f"e-{number}", "epoch": 7, "type": "cn.yizhan.probe.sample.taken.v1", "data": data}


def judge(folder: Path, stored: list[dict[str, Any]], disks: list[dict[str, Any]] | None = None) -> Findings:
    """Compare three recorded events with what the core is said to have stored."""
    lines = [f"{one}.000 {STORE} evidence {one} e-{one} {digest(event(one))}\n" for one in (1, 2, 3)]
    (folder / PUT_LOG).write_text("".join(lines) + "4.000 s-1 evid")  # a line cut short by a kill
    with closing(sqlite3.connect(folder / "cloud.db")) as core, core:
        core.execute("CREATE TABLE stream_mark(id INTEGER, station TEXT, store TEXT, stream TEXT)")
        core.execute("CREATE TABLE event(id INTEGER, text TEXT)")
        core.execute("INSERT INTO stream_mark VALUES(5, 'st-01', ?, 'evidence')", (STORE,))
        rows = [((5 << 40) + seq, json.dumps(one)) for seq, one in enumerate(stored, 1)]
        core.executemany("INSERT INTO event VALUES(?, ?)", rows)
    return compare(folder / "cloud.db", "st-01", {"e-1", "e-2", "e-3"}, folder, disks or [])


def test_the_same_on_both_sides_is_clean_whatever_seq_and_replay_say(tmp_path: Path) -> None:
    found = judge(tmp_path, [event(1) | {"seq": 1, "replay": True}, event(2), event(3)])
    assert found == Findings(produced=3, stored=3)
    assert found.clean


def test_a_missing_event_is_lost(tmp_path: Path) -> None:
    found = judge(tmp_path, [event(1), event(3)])
    assert (found.lost, found.clean) == (["e-2"], False)


def test_an_event_stored_twice_is_seen_under_any_number(tmp_path: Path) -> None:
    found = judge(tmp_path, [event(1), event(2), event(3), event(3)])
    assert (found.doubled, found.clean) == (["e-3"], False)


def test_a_changed_an_invented_and_a_misplaced_event_are_seen(tmp_path: Path) -> None:
    found = judge(tmp_path, [event(1), event(3), event(2, n=9), event(4, n=8)])
    assert (found.changed, found.invented, found.out_of_order) == (["e-2"], ["e-4"], ["e-4"])


def test_what_was_only_on_a_disk_that_was_taken_away_is_no_loss_and_anything_else_is(tmp_path: Path) -> None:
    disk = {"held": ["e-1", "e-2", "e-3"], "unacked": ["e-3"]}
    found = judge(tmp_path, [event(1)], [disk])
    assert (found.lost, found.gone_with_disk) == (["e-2"], ["e-3"])


def test_events_are_counted_by_the_last_fault_before_them(tmp_path: Path) -> None:
    judge(tmp_path, [])
    blows = [Blow(0, "first", 1.5, ("st-01",)), Blow(1, "second", 2.5, ("st-01",))]
    counts = blame(read_puts(tmp_path), blows, ["e-1", "e-2", "e-3"])
    assert counts == {"before the first fault": 1, "first": 1, "second": 1}


def test_a_recovery_lasts_until_something_recorded_after_the_fault_is_acked() -> None:
    line = Line([(1.0, "a", 1), (2.0, "a", 2), (9.0, "a", 3)], [(1.2, "a", 1), (8.0, "a", 2), (9.5, "a", 3)])
    assert line.recovery(Blow(0, "edge killed", 2.5, ("st-01",))) == 7.0
    assert line.recovery(Blow(0, "edge killed", 1.5, ("st-01",))) == 6.5
    assert line.recovery(Blow(0, "edge killed", 9.7, ("st-01",))) is None
