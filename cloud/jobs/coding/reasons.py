"""Why a title got a code, in words for the person who decides."""

from typing import TYPE_CHECKING, Final
from zlib import crc32

import numpy as np

from cloud.jobs.coding.grams import LONGEST_RUN, runs
from cloud.jobs.coding.titles import Title

if TYPE_CHECKING:
    from cloud.jobs.coding.coder import Coder, Floats

#: A phrase less like the title than this explains nothing.
_LIKE: Final = 0.25
#: Words that add less than this to a score are not named.
_ADDED: Final = 0.02
_MAX_WORDS: Final = 2


def reasons_of(coder: "Coder", title: Title, at: int, likeness: "Floats") -> tuple[str, ...]:
    """Return up to two reasons: the name or colloquial name that the title is like, and the words that count for it."""
    found: list[str] = []
    phrase, like, official = coder.phrase_of(at, likeness)
    if like >= _LIKE:
        kind = "职业名称" if official else "俗称"
        same = any(coder.is_said(at, part) for part in title.parts)
        found.append(f"{'就是' if same else '接近'}{kind}“{phrase}”")
    words = telling_words(coder, title, at)
    if words:
        found.append("同类岗位常写" + "、".join(f"“{word}”" for word in words))
    return tuple(found) or ("没有更贴近的职业",)


def telling_words(coder: "Coder", title: Title, at: int) -> list[str]:
    """Return the runs of characters, longest first, that add most to the linear score of a code."""
    candidates = {run for part in title.parts for run in runs(part, 2, LONGEST_RUN)}
    texts = sorted(candidates) or sorted(title.parts)
    ids, weights = coder.features(title)
    added = dict(zip(coder.numbers(ids), coder.parts(at, ids, weights), strict=True))
    worth = {text: float(np.sum([added.get(crc32(run.encode()), 0.0) for run in runs(text, 1, LONGEST_RUN)]))
             for text in texts}  # fmt: skip
    chosen: list[str] = []
    for text in sorted(texts, key=lambda text: (-worth[text] / len(text) ** 0.5, text)):
        if worth[text] >= _ADDED and not any(set(text) & set(other) for other in chosen):
            chosen.append(text)
    return chosen[:_MAX_WORDS]
