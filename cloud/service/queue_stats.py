"""Statistics of the queue: how long people waited and were served, and how many left, per service, hour and day. Pure.

Waiting is from the time of issue to the first call; serving from its start (the last call where nobody said `start`)
to `done`. Quantiles are by nearest rank. Who was never called and closed with the day, or did not come, has left.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from cloud.platform.times import MARKET_TIME
from protocols.rules.queueing import Ticket

By = Literal["service", "hour", "day"]
#: Serving times fewer than this say nothing; the configured one stays.
MIN_MEASURED: Final = 20
#: A number that was forgotten at a counter is no serving time, s.
LONGEST_SERVE_S: Final = 4 * 3600


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table; times in seconds, None where nobody was."""

    key: str
    issued: int
    called: int
    served: int
    left: int
    wait_p50_s: int | None
    wait_p90_s: int | None
    serve_p50_s: int | None
    serve_p90_s: int | None

    @property
    def left_share(self) -> float:
        """The part of the numbers whose holders left, 0 to 1."""
        return self.left / self.issued if self.issued else 0.0


def quantile(values: Sequence[float], share: float) -> int | None:
    """Return the value at a share by nearest rank, in whole seconds."""
    if not values:
        return None
    ordered = sorted(values)
    return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)])


def wait_s(ticket: Ticket) -> float | None:
    """Return how long somebody waited for his first call, None when he was never called."""
    return None if ticket.called_at is None else max(0.0, (ticket.called_at - ticket.place).total_seconds())


def serve_s(ticket: Ticket) -> float | None:
    """Return how long somebody was served, None when he was not or nobody ended it in time."""
    begun = ticket.served_at or ticket.last_called_at
    if ticket.state != "done" or begun is None or ticket.ended_at is None:
        return None
    took = (ticket.ended_at - begun).total_seconds()
    return took if 0 <= took <= LONGEST_SERVE_S else None


def measured_s(done: Iterable[Ticket]) -> int | None:
    """Return how long one person takes by what was served, None while that is too little."""
    took = [one for ticket in done if (one := serve_s(ticket)) is not None]
    return max(1, quantile(took, 0.5) or 1) if len(took) >= MIN_MEASURED else None


def lines(tickets: Iterable[Ticket], by: By) -> list[Line]:
    """Return one line per service, hour of the day or day, in order."""
    groups: dict[str, list[Ticket]] = defaultdict(list)
    for ticket in tickets:
        groups[_KEYS[by](ticket)].append(ticket)
    return [line(key, group) for key, group in sorted(groups.items())]


def line(key: str, group: Sequence[Ticket]) -> Line:
    """Return the line of some numbers."""
    waits = [one for ticket in group if (one := wait_s(ticket)) is not None]
    serves = [one for ticket in group if (one := serve_s(ticket)) is not None]
    return Line(
        key=key,
        issued=len(group),
        called=len(waits),
        served=sum(1 for one in group if one.state == "done"),
        left=sum(1 for one in group if one.state in {"no_show", "closed"}),
        wait_p50_s=quantile(waits, 0.5),
        wait_p90_s=quantile(waits, 0.9),
        serve_p50_s=quantile(serves, 0.5),
        serve_p90_s=quantile(serves, 0.9),
    )


def _local(moment: datetime) -> datetime:
    return moment.astimezone(MARKET_TIME)


_KEYS: Final[dict[By, Callable[[Ticket], str]]] = {
    "service": lambda ticket: ticket.service,
    "hour": lambda ticket: f"{_local(ticket.place).hour:02}:00",
    "day": lambda ticket: _local(ticket.place).date().isoformat(),
}
