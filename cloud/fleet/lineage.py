"""Which starts of an agent wrote into a store, and whether a birth goes on with that line (W4, ADR 0008)."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol

from cloud.fleet.models import StoreStart
from protocols.venue.lineage import MAX_MISSING, Common, Fork, StartMark, parting
from protocols.venue.presence import Birth
from protocols.venue.vocabulary import STREAMS, Stream

#: Starts kept of one store; an older one can no longer be told from a stranger.
MAX_STARTS: Final = 5_000
#: A store is cut back to that when it has this many more.
_SLACK: Final = 500

_LOG = logging.getLogger(__name__)


class Progress(Protocol):
    """How far a stream has come: `cloud.ingest.marks.Mark`."""

    @property
    def highest(self) -> int:
        """The greatest seq that is dealt with."""

    @property
    def gaps(self) -> Sequence[tuple[int, int]]:
        """The holes below it."""


async def follow(station: str, birth: Birth, marks: Mapping[Stream, Progress]) -> Fork | None:
    """Take the starts of a birth into its store's line, or return where they part from it.

    Called in the transaction that stores the birth; a station that lists no starts is taken at its word.
    """
    if birth.lineage is None:
        return None
    boots = [start.boot for start in birth.lineage]
    newest = await StoreStart.filter(station=station, store=birth.store).order_by("-id").first()
    known = {row.boot async for row in StoreStart.filter(station=station, store=birth.store, boot__in=boots)}
    highest = {stream: mark.highest for stream, mark in marks.items()}
    first = parting(birth.lineage, newest.boot if newest else None, known, highest)
    if first is None:
        new = [boot for boot in boots if boot not in known]
        await StoreStart.bulk_create([StoreStart(station=station, store=birth.store, boot=boot) for boot in new])
        await _forget_old(station, birth.store)
        return None
    _LOG.warning("%s does not know all of store %s, which went on to %s", station, birth.store, highest)
    common = {stream: _common(first, stream, birth, marks.get(stream)) for stream in STREAMS}
    return Fork(newest=newest.boot if newest else first.boot, listed=len(boots), **common)


def _common(first: StartMark, stream: Stream, birth: Birth, mark: Progress | None) -> Common:
    """Return how far a stream is the same on both sides, and what of that is missing here and may be kept there."""
    upto = first.last(stream)
    kept = getattr(birth.outbox, stream).first
    missing = [] if kept is None else [[a, b] for a, b in _missing(kept, upto, mark) if a <= b]
    return Common(upto=upto, missing=missing[:MAX_MISSING])


def _missing(first: int, last: int, mark: Progress | None) -> Iterator[tuple[int, int]]:
    for a, b in mark.gaps if mark else ():
        yield max(a, first), min(b, last)
    yield max((mark.highest if mark else 0) + 1, first), last


async def _forget_old(station: str, store: str) -> None:
    rows = StoreStart.filter(station=station, store=store)
    if await rows.count() > MAX_STARTS + _SLACK:
        oldest = await rows.order_by("-id").offset(MAX_STARTS).first()
        if oldest is not None:
            await StoreStart.filter(station=station, store=store, id__lte=oldest.id).delete()
