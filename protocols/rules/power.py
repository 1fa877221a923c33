"""Power cuts from what the UPSes of a station say of the mains (domain.md §4, step 1). Pure.

A cut is proven where one UPS runs on its battery and no other sees the mains: a plug that somebody pulled is no cut.
What no UPS has sampled proves nothing, so a cut that outlasts the battery is proven up to the last sample.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from protocols.rules.facts import PowerCut, SlotInterval
from protocols.rules.minutes import Span, joined
from protocols.venue.vocabulary import SIGNALS

_ONLINE, _BATTERY = SIGNALS["mains"]
#: What a UPS said so long before or after a cut still belongs to it: its samples and its words are not one.
NEAR: Final = timedelta(seconds=60)


class PowerEvent(NamedTuple):
    """What a UPS said and when: the id of its event."""

    slot: str
    at: datetime
    event: str


def power_cuts(intervals: Iterable[SlotInterval], events: Sequence[PowerEvent] = ()) -> list[PowerCut]:
    """Return the proven cuts in order, each with the events of its UPS; other signals than `mains` are passed over."""
    said: dict[str, dict[str, list[Span]]] = {}
    for one in intervals:
        if one.signal == "mains" and one.clock != "untrusted":
            said.setdefault(one.slot, {_ONLINE: [], _BATTERY: []})[one.value].append((one.start, one.end))
    cuts = []
    for slot, spans in said.items():
        others = [span for other, seen in said.items() if other != slot for span in seen[_ONLINE]]
        for start, end in remaining(spans[_BATTERY], others):
            cuts.append(PowerCut(start, end, slot, _near(slot, start, end, events)))
    return sorted(cuts)


def remaining(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """Return what is left of the spans, joined, outside `taken`."""
    left = joined(spans)
    for begin, end in joined(taken):
        left = [part for span in left for part in ((span[0], min(span[1], begin)), (max(span[0], end), span[1]))]
        left = [part for part in left if part[0] < part[1]]
    return left


def _near(slot: str, start: datetime, end: datetime, events: Iterable[PowerEvent]) -> tuple[str, ...]:
    near = [one for one in events if one.slot == slot and start - NEAR <= one.at <= end + NEAR]
    return tuple(one.event for one in sorted(near, key=lambda one: (one.at, one.event)))
