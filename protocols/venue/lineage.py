"""Whether a store is still written by one line of starts (ADR 0008): an old copy of a state directory begins another.

A start names itself by its boot id and says where each stream stood when it began. The core keeps which starts wrote
into a store. Where an agent's list and the core's part, everything before is the same event under the same seq on both
sides, and everything behind is not.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Final

from pydantic import Field

from protocols.venue.document import Count, Document, Ordinal, Uuid
from protocols.venue.vocabulary import STREAMS, Stream

#: Starts in one birth; more happen only when the core has answered none of them.
MAX_LINEAGE: Final = 200
#: Ranges that one answer names as missing; the next answer names more.
MAX_MISSING: Final = 100

SeqRange = Annotated[list[Ordinal], Field(min_length=2, max_length=2)]


class StartMark(Document):
    """One start of the agent and the last seq of each stream when it began."""

    boot: Uuid
    evidence: Count
    ops: Count
    telemetry: Count

    def last(self, stream: Stream) -> int:
        """Return the last seq before this start."""
        value: int = getattr(self, stream)
        return value


class Common(Document):
    """One stream: up to `upto` the station and the core have the same events; of those the core lacks `missing`."""

    upto: Count
    missing: Annotated[list[SeqRange], Field(max_length=MAX_MISSING)]


class Fork(Document):
    """The store was written by others than the birth lists.

    `newest` is the newest start that wrote it, `listed` the number of starts in the birth that this answers.
    """

    newest: Uuid
    listed: Ordinal
    evidence: Common
    ops: Common
    telemetry: Common

    def common(self, stream: Stream) -> Common:
        """Return what is said of one stream."""
        value: Common = getattr(self, stream)
        return value


class Known(Document):
    """What the core knows of the station: newest epoch of any document, boot of its birth, and how that birth fits."""

    epoch: Count
    boot: Uuid | None = None
    fork: Fork | None = None


def parting(
    lineage: Sequence[StartMark], newest: str | None, known: Collection[str], highest: Mapping[Stream, int]
) -> StartMark | None:
    """Return the first start of `lineage` (oldest first, the current one last) that the core's line does not hold.

    `newest` wrote the store last as far as the core knows, `known` are all that did, `highest` is how far it was
    written. None: this is still the same line.
    """
    boots = [start.boot for start in lineage]
    if newest == boots[-1] or (newest is None and len(boots) == 1):
        return None
    if newest is None or newest in boots:
        # The copy was made while this start ran: it went on elsewhere if the core has more of it than the copy.
        following = lineage[-1 if newest is None else boots.index(newest) + 1]
        beyond = any(highest.get(stream, 0) > following.last(stream) for stream in STREAMS)
        return following if beyond else None
    # The first one is common in any case: the core has answered it, or it made the store.
    shared = max((place for place, boot in enumerate(boots[:-1]) if boot in known), default=0)
    return lineage[min(shared + 1, len(lineage) - 1)]
