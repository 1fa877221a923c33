"""What the pages show of the queue: one document for kiosk, wall and counter page, and the data of a slip."""

import json
import math
from datetime import datetime
from typing import Any, Final

from edge.queue.desk import Issued, Queue
from edge.queue.voice import clips_of
from protocols.rules.opening import SHANGHAI
from protocols.rules.queueing import label
from protocols.venue.queue import CallShown, CounterShown, ServiceShown
from protocols.venue.timestamps import format_time

SECONDS_PER_MINUTE: Final = 60


def picture(queue: Queue, title: str, now: datetime, *, online: bool) -> str:
    """Return the queue as JSON; `ready` is false until a board of the cloud has come."""
    board = queue.board
    document = {
        "version": queue.version,
        "ready": board is not None,
        "online": online,
        "title": title,
        "now": format_time(now),
        "services": [_service(queue, one) for one in board.services] if board else [],
        "counters": [_counter(queue, one) for one in board.counters] if board else [],
        "calls": [_call(one) for one in queue.calls()],
        "rules": board.rules.text if board else "",
        "priorities": [one.to_object() for one in board.rules.priorities] if board else [],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def issued_document(issued: Issued, title: str) -> dict[str, Any]:
    """Return what a person is told who took a number; `slip` is what a printer puts on paper."""
    held = issued.held
    issued_at = held.ticket.place.astimezone(SHANGHAI)
    shown = {
        "id": held.ticket.id,
        "label": held.label,
        "service": issued.service,
        "ahead": issued.ahead,
        "minutes": minutes(issued.estimate_s),
    }
    slip = {
        "title": title,
        "label": held.label,
        "service": issued.service,
        "ahead": issued.ahead,
        "minutes": shown["minutes"],
        "day": issued_at.date().isoformat(),
        "time": issued_at.strftime("%H:%M"),
        "priority": held.priority,
    }
    return {**shown, "slip": slip}


def minutes(seconds: int | None) -> int | None:
    """Return whole minutes as people are told them; None stays unknown."""
    return None if seconds is None else math.ceil(seconds / SECONDS_PER_MINUTE)


def _service(queue: Queue, one: ServiceShown) -> dict[str, Any]:
    waiting = queue.waiting_in(one.letter)
    return {
        "letter": one.letter,
        "name": one.name,
        "why": queue.closed_why(one),
        "opens": one.opens,
        "closes": one.closes,
        "waiting": waiting,
        "minutes": minutes(queue.estimate_s(one, waiting)),
    }


def _counter(queue: Queue, one: CounterShown) -> dict[str, Any]:
    here = queue.at_counter(one.number)
    return {
        "number": one.number,
        "name": one.name,
        "letters": one.letters,
        "staffed": one.staffed,
        "label": here.label if here else "",
        "state": here.ticket.state if here else "",
    }


def _call(one: CallShown) -> dict[str, Any]:
    name = label(one.letter, one.number)
    clips = clips_of(name, one.counter)
    return {"id": one.id, "label": name, "counter": one.counter, "at": format_time(one.at), "clips": clips}
