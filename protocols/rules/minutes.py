"""Sets of minutes of one day as bitmaps: bit n stands for the minute [n, n + 1) after local midnight.

A day is one integer of 1,440 bits, so a rule over all its minutes is a handful of `&` and `|`.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

#: A half-open stretch of time, both ends aware.
Span = tuple[datetime, datetime]
#: A bitmap of minutes.
Minutes = int

DAY_MINUTES = 24 * 60
_MINUTE = timedelta(minutes=1)


def stretch(first: int, last: int) -> Minutes:
    """Return the minutes `first` to `last`, the latter excluded; what lies outside the day is cut off."""
    first, last = max(first, 0), min(last, DAY_MINUTES)
    return (1 << last) - (1 << first) if first < last else 0


def joined(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order, those that touch or overlap made one; a span without length is none."""
    result: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def covered(spans: Iterable[Span], midnight: datetime) -> Minutes:
    """Return the minutes that lie whole inside the spans, joined; `midnight` is where the day begins."""
    minutes = 0
    for start, end in joined(spans):
        minutes |= stretch(-((midnight - start) // _MINUTE), (end - midnight) // _MINUTE)
    return minutes


def touched(spans: Iterable[Span], midnight: datetime) -> Minutes:
    """Return the minutes that share any time with a span."""
    minutes = 0
    for start, end in joined(spans):
        minutes |= stretch((start - midnight) // _MINUTE, -((midnight - end) // _MINUTE))
    return minutes


def at_least_two(sets: Iterable[Minutes]) -> Minutes:
    """Return the minutes that are in two sets or more."""
    once = twice = 0
    for minutes in sets:
        twice |= once & minutes
        once |= minutes
    return twice


def runs(minutes: Minutes) -> Iterator[tuple[int, int]]:
    """Yield the unbroken stretches (first, last excluded) in order."""
    base = 0
    while minutes:
        skip = (minutes & -minutes).bit_length() - 1
        minutes >>= skip
        length = (~minutes & (minutes + 1)).bit_length() - 1
        yield base + skip, base + skip + length
        minutes >>= length
        base += skip + length
