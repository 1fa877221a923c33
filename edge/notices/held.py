"""The notices in force, as the station keeps them: a small file that a restart and a power cut leave whole."""

import json
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from edge.errors import StateDamaged
from edge.statefile import read_object, write_durably
from protocols.errors import DocumentError
from protocols.venue.notices import MAX_NOTICES, Notice, Origin

NOTICES_FILE: Final = "notices.json"
#: Ids of notices that are over here and may still be on the cloud's board.
MAX_OVER: Final = 64

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Held:
    """One notice in force: seconds that are left of it, whether the cloud is told, and the screens that showed it."""

    notice: Notice
    origin: Origin
    left_s: float
    told: bool = False
    shown: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Kept:
    """All of them, and the ids of those that are over."""

    held: dict[str, Held] = field(default_factory=dict)
    over: list[str] = field(default_factory=list)


def load(state: Path) -> Kept:
    """Return what was in force before the restart; a damaged file is said and counts as none."""
    try:
        document = read_object(state / NOTICES_FILE)
        held = [_held(one) for one in document.get("held", [])[:MAX_NOTICES]]
        over = [str(one) for one in document.get("over", [])][-MAX_OVER:]
    except (StateDamaged, DocumentError, KeyError, TypeError, ValueError, AttributeError) as error:
        _log.error("the notices of before the restart cannot be read: %s", error)
        return Kept()
    return Kept({one.notice.id: one for one in held}, over)


def save(state: Path, kept: Kept) -> None:
    """Replace the file, durably."""
    document = {"held": [_object(one) for one in kept.held.values()], "over": kept.over[-MAX_OVER:]}
    write_durably(state / NOTICES_FILE, json.dumps(document, ensure_ascii=False).encode())


def _held(value: dict[str, Any]) -> Held:
    notice = Notice.from_object(value["notice"])
    origin: Origin = "cloud" if value["origin"] == "cloud" else "station"
    return Held(notice, origin, float(value["left_s"]), bool(value["told"]), {str(one) for one in value["shown"]})


def _object(one: Held) -> dict[str, Any]:
    return {
        "notice": one.notice.to_object(),
        "origin": one.origin,
        "left_s": round(one.left_s, 1),
        "told": one.told,
        "shown": sorted(one.shown),
    }
