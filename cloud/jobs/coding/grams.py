"""The features of a title: runs and pairs of its characters, as numbers that need no dictionary.

A part `焊工` gives its runs of one to three characters, ends marked (`^焊`, `焊工$` …). All parts together give their
pairs of characters in order, however far apart: compounds leave words out in the middle (电子厂插件工, 电子插件). What
the employer's name is made of counts apart. A feature is the CRC-32 of its text: of the 100,000 in use about one meets
another by chance.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from typing import Final
from zlib import crc32

from cloud.jobs.coding.titles import Title

LONGEST_RUN: Final = 3
#: Pairs grow with the square of the length; the work is named before this.
MAX_PAIRED: Final = 40
#: Runs of the employer's words that say what is done there: 饭店, 物流.
EMPLOYER_RUNS: Final = (2, 3)


def runs(text: str, shortest: int, longest: int) -> Iterator[str]:
    """Yield every run of characters of these lengths."""
    for length in range(shortest, longest + 1):
        for start in range(len(text) - length + 1):
            yield text[start : start + length]


def grams_of(title: Title) -> Iterator[str]:
    """Yield the features of a title, each as often as it occurs."""
    for part in title.parts:
        yield from runs(f"^{part}$", 1, LONGEST_RUN)
    for one, other in combinations("".join(title.parts)[:MAX_PAIRED], 2):
        yield f"\x00{one}{other}"
    for run in runs(title.employer, *EMPLOYER_RUNS):
        yield f"\x01{run}"


def count_grams(title: Title) -> Counter[int]:
    """Return number of a feature -> how often it occurs."""
    return Counter([crc32(gram.encode()) for gram in grams_of(title)])
