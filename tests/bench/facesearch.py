"""Search for one face among many (P6): ours beside faiss and usearch, exact all three, in the same run."""

import resource
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edge.faces.gallery.index import Index
from edge.faces.gallery.records import Record
from edge.faces.terms import Check
from tests.bench.table import show

Rows = NDArray[np.float32]
LOOKS: Final = 200
CASES: Final = ((10_000, 192), (10_000, 512), (100_000, 192), (100_000, 512), (1_000_000, 192))
GOALS_MS: Final = {10_000: 0.5, 100_000: 4.0}


def made(rows: int, dimension: int) -> Rows:
    """Return rows of length 1."""
    made = np.random.default_rng(rows).standard_normal((rows, dimension), dtype=np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made


def timed(search: Callable[[Rows], Any], asked: Rows) -> tuple[float, float]:
    """Return p50 and p95 in ms."""
    for one in asked[:5]:
        search(one)
    took = []
    for one in asked:
        begun = time.perf_counter()
        search(one)
        took.append((time.perf_counter() - begun) * 1e3)
    return float(np.percentile(took, 50)), float(np.percentile(took, 95))


def ours(rows: Rows) -> tuple[Callable[[Rows], Any], Callable[[Rows], int]]:
    """Return our search over rows as people with one row each, and whom it finds."""
    records = [Record(str(n), "m", "c", Check("", ""), row[None, :]) for n, row in enumerate(rows)]
    index = Index(records, rows.shape[1], threads=2)
    return lambda asked: index.search(asked, -1, 0), lambda asked: int(index.search(asked, -1, 0).person or -1)


def peers(rows: Rows) -> dict[str, Callable[[Rows], Any]]:
    """Return exact searches of others over the same rows; each gives the two nearest."""
    import faiss  # noqa: PLC0415 - in the lock of benchmarks only
    from usearch.compiled import MetricKind  # noqa: PLC0415
    from usearch.index import search  # noqa: PLC0415

    faiss.omp_set_num_threads(2)
    flat = faiss.IndexFlatIP(rows.shape[1])
    flat.add(rows)
    return {
        "numpy float32, the nearest only": lambda asked: (rows @ asked).argmax(),
        "faiss IndexFlatIP": lambda asked: flat.search(asked[None, :], 2),
        "usearch exact": lambda asked: search(rows, asked, 2, MetricKind.IP, exact=True, threads=2),
    }


async def main(_words: list[str]) -> None:
    """Print the table."""
    lines, wrong = [], 0
    for count, dimension in CASES:
        more, missed = measured(count, dimension)
        lines += more
        wrong += missed
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    show(
        "One face among many (P6)",
        ("rows", "numbers", "search", "p50 ms", "p95 ms", "goal p95", "times as long as ours"),
        lines,
        [f"Found by ours and not by float32: {wrong}.", f"Peak memory {peak_mb:,} MB, all peers included."],
    )  # fmt: skip


def measured(count: int, dimension: int) -> tuple[list[list[str]], int]:
    """Return the lines of one size, and how often ours did not find whom float32 finds."""
    rows = made(count, dimension)
    asked = rows[:: count // LOOKS][:LOOKS] + made(LOOKS, dimension) * np.float32(0.7)
    asked /= np.linalg.norm(asked, axis=1, keepdims=True)
    mine, found = ours(rows)
    wrong = sum(found(one) != int((rows @ one).argmax()) for one in asked)
    lines, base = [], 0.0
    for name, search in {"ours": mine, **peers(rows)}.items():
        p50, p95 = timed(search, asked)
        base = base or p50
        goal = f"{GOALS_MS[count]:g}" if name == "ours" and count in GOALS_MS else ""
        lines.append([f"{count:,}", str(dimension), name, f"{p50:.3f}", f"{p95:.3f}", goal, f"{p50 / base:.1f}"])
    return lines, wrong
