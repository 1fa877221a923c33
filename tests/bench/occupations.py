"""Occupation coding: five-fold cross-validation beside an SVM and the most frequent codes; speed, size, first answer.

A fold is the SHA-256 of the title modulo 5; no two of the labelled titles are equal. In the grouped folds the hash is
of the title without its wrapping, so that titles which differ in pay, place or employer stay together and nothing that
is nearly a tested title is trained on.
"""

import argparse
import hashlib
import os
import resource
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from cloud.jobs.coding.build import Classification, Labelled, read_classification, read_labelled, train
from cloud.jobs.coding.coder import MODEL, Coder
from cloud.jobs.coding.titles import fold, read_title
from tests.bench.table import show

FOLDS: Final = 5
TOP: Final = 5
ROOT: Final = Path(__file__).parents[2]
#: Code given, codes answered with the best first.
Outcome = tuple[str, Sequence[str]]
Method = Callable[[Sequence[Labelled], Sequence[str]], list[Sequence[str]]]


def fold_of(text: str) -> int:
    """Return the fold of a text: fixed, whatever the order of the table."""
    return int(hashlib.sha256(text.encode()).hexdigest(), 16) % FOLDS


def core_of(title: str) -> str:
    """Return what a title says without pay, place and employer, or the title itself when that is nothing."""
    return "/".join(read_title(title).parts) or fold(title)


def cross_validate(labelled: Sequence[Labelled], key: Callable[[str], str], method: Method) -> list[Outcome]:
    """Return what a method answers for every title when it has been trained without the title's fold."""
    found: list[Outcome] = []
    for number in range(FOLDS):
        known = [one for one in labelled if fold_of(key(one.title)) != number]
        asked = [one for one in labelled if fold_of(key(one.title)) == number]
        answers = method(known, [one.title for one in asked])
        found += [(one.code, answer) for one, answer in zip(asked, answers, strict=True)]
    return found


def coder(classification: Classification) -> Method:
    """Return the product's method with these names."""

    def answer(known: Sequence[Labelled], titles: Sequence[str]) -> list[Sequence[str]]:
        arrays, remembered = train(known, classification)
        made = Coder(arrays, remembered | {"inputs": {}})
        return [[one.code for one in made.code(title, TOP)] for title in titles]

    return answer


def svm(known: Sequence[Labelled], titles: Sequence[str]) -> list[Sequence[str]]:
    """Answer as a linear SVM on runs of one and two characters does, the best of its kind here."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - only this row needs it
    from sklearn.svm import LinearSVC  # noqa: PLC0415

    words = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True)
    machine = LinearSVC(C=1.0, random_state=0)
    machine.fit(words.fit_transform([one.title for one in known]), [one.code for one in known])
    ranked = (-machine.decision_function(words.transform(titles))).argsort(axis=1)[:, :TOP]
    return [[machine.classes_[at] for at in row] for row in ranked]


def commonest(known: Sequence[Labelled], titles: Sequence[str]) -> list[Sequence[str]]:
    """Answer every title with the most frequent codes."""
    best = [code for code, _ in Counter(one.code for one in known).most_common(TOP)]
    return [best for _ in titles]


@dataclass(frozen=True, slots=True)
class Hits:
    """Shares of titles whose code is the first answer, and among the first five."""

    first: float
    among: float

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> Self:
        """Count them."""
        first = sum(answer[0] == code for code, answer in outcomes)
        among = sum(code in answer for code, answer in outcomes)
        return cls(first / len(outcomes), among / len(outcomes))

    def cells(self) -> list[str]:
        """Return the two columns of a table."""
        return [f"{self.first:.3f}", f"{self.among:.3f}"]


def seen_twice(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return those whose code has a second title in the table: only names can reach the others."""
    count = Counter(code for code, _ in outcomes)
    return [(code, answer) for code, answer in outcomes if count[code] > 1]


def ceiling(labelled: Sequence[Labelled]) -> tuple[int, float]:
    """Return (titles that say the same as another one, the share of them that one code for each saying gets right)."""
    sayings: dict[str, Counter[str]] = {}
    for one in labelled:
        sayings.setdefault(core_of(one.title), Counter())[one.code] += 1
    repeated = [codes for codes in sayings.values() if codes.total() > 1]
    total = sum(codes.total() for codes in repeated)
    return total, sum(max(codes.values()) for codes in repeated) / total


def learning_curve(labelled: Sequence[Labelled], method: Method) -> list[tuple[int, Hits]]:
    """Return (titles trained on, hits in fold 0) for a tenth to all of the other folds."""
    asked = [one for one in labelled if fold_of(one.title) == 0]
    known = [one for one in labelled if fold_of(one.title) != 0]
    known.sort(key=lambda one: hashlib.sha256(one.title.encode()).digest())
    found = []
    for share in (0.125, 0.25, 0.5, 1.0):
        part = known[: int(len(known) * share)]
        answers = method(part, [one.title for one in asked])
        found.append((len(part), Hits.of([(one.code, a) for one, a in zip(asked, answers, strict=True)])))
    return found


def speed(titles: Sequence[str]) -> tuple[float, float]:
    """Return titles a second of one process, warm, by the clock and by the processor's time."""
    made = Coder.load(MODEL)
    for title in titles[:200]:
        made.code(title)
    began, worked = time.perf_counter(), time.process_time()
    for title in titles:
        made.code(title)
    return len(titles) / (time.perf_counter() - began), len(titles) / (time.process_time() - worked)


def first_answers(times: int = 7) -> tuple[list[float], float]:
    """Return (seconds from the command's start to its first line, start by start; its processor's time in all)."""
    command = [sys.executable, str(ROOT / "yizhan.py"), "occupations", "code"]
    found, before = [], resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(times):
        began = time.perf_counter()
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:
            if process.stdin is None or process.stdout is None:
                raise RuntimeError("no pipes")
            process.stdin.write('{"id": 1, "title": "焊工 要带证 日结"}\n'.encode())
            process.stdin.flush()
            process.stdout.readline()
            found.append(time.perf_counter() - began)
            process.stdin.close()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return found, (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / times


async def main(words: list[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="scripts/bench occupations", description=__doc__)
    parser.add_argument("--curve", action="store_true", help="also the learning curve")
    options = parser.parse_args(words)
    labelled = read_labelled()
    methods: dict[str, Method] = {
        "ours": coder(read_classification()),
        "ours without colloquial names": coder(read_classification(colloquial=False)),
        "SVM on runs of 1-2 characters": svm,
        "the five commonest codes": commonest,
    }
    rows = [_row(name, labelled, method) for name, method in methods.items()]
    header = ("method", "top-1", "top-5", "top-1, code seen twice", "top-5, code seen twice", "top-1, grouped",
              "top-5, grouped", "s")  # fmt: skip
    notes = [_measured([one.title for one in labelled]), _ceiling(labelled)]
    show(f"Occupation coding, {len(labelled):,} titles, {FOLDS} folds", header, rows, notes)
    if options.curve:
        curve = learning_curve(labelled, methods["ours"])
        show("Learning curve, fold 0", ("titles", "top-1", "top-5"), [[f"{n:,}", *hits.cells()] for n, hits in curve])


def _measured(titles: Sequence[str]) -> str:
    (clock, worked), (starts, start_worked) = speed(titles), first_answers()
    return (
        f"One process, warm: {clock:,.0f} titles/s by the clock, {worked:,.0f} by the processor's time. Model:"
        f" {MODEL.stat().st_size / 1e6:.1f} MB."
        f" First answer: {statistics.median(starts) * 1e3:.0f} ms"
        f" (median of {len(starts)}), {start_worked * 1e3:.0f} of the processor; load {os.getloadavg()[0]:.1f}."
    )


def _ceiling(labelled: Sequence[Labelled]) -> str:
    repeated, reachable = ceiling(labelled)
    return (
        f"{repeated:,} titles say the same as another one once pay and employer are off; one code for each such saying"
        f" is right at best for {reachable:.3f} of them."
    )


def _row(name: str, labelled: Sequence[Labelled], method: Method) -> list[str]:
    began = time.perf_counter()
    plain = cross_validate(labelled, str, method)
    took = time.perf_counter() - began
    grouped = cross_validate(labelled, core_of, method)
    cells = [*Hits.of(plain).cells(), *Hits.of(seen_twice(plain)).cells(), *Hits.of(grouped).cells()]
    return [name, *cells, f"{took:.0f}"]
