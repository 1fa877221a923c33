"""`scripts/bench screen`: posts a second through the gate, beside a plain scan for keywords in the same run."""

import argparse
import random
import re
import sys
import time
import tomllib
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Final

from cloud.jobs.gate import screen_text
from cloud.jobs.screening.lexicon import expand
from cloud.serve import settle_heap
from tests.bench.table import quantile, show
from tests.cloud.jobs.sentences import second_set, standard, third_set

#: Posts are this long, as those of the market are.
CHARACTERS: Final = 120
POSTS: Final = 2_000
GOAL_PER_S: Final = 5_000
#: Of ten posts this many hold something unlawful; in the raw material of a gig market most do not get that far.
UNLAWFUL_OF_TEN: Final = 3
#: Classes that a keyword list would hold.
_LISTED: Final = ("male", "female", "marital", "pregnant", "han", "minority", "faith", "disabled", "virus", "fee",
                  "outsider", "local_person", "rural", "document", "tattoo", "school", "lure", "vague_pay")  # fmt: skip


async def main(words: list[str]) -> None:
    """Measure both on the same posts, in turns, in one process."""
    parser = argparse.ArgumentParser(prog="scripts/bench screen")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(words)
    posts = make_posts(POSTS)
    gate = standard()
    listed = keywords()
    screeners: dict[str, Callable[[str], object]] = {
        "this gate": lambda text: screen_text(text, gate),
        f"a list of {len(listed)} words, one `in` each": lambda text: [word for word in listed if word in text],
        "the same list as one expression": re.compile("|".join(map(re.escape, listed))).findall,
    }
    took: dict[str, list[float]] = {name: [] for name in screeners}
    for screen in screeners.values():
        run(screen, posts[:200])
    settle_heap()  # as a serving process does
    for _ in range(options.rounds):
        for name, screen in screeners.items():
            took[name].append(run(screen, posts))
    rows = [
        [name, f"{POSTS / min(times):,.0f}", f"{POSTS / quantile(times, 0.5):,.0f}", f"{min(times) / POSTS * 1e6:.0f}"]
        for name, times in took.items()
    ]
    length = sum(map(len, posts)) / len(posts)
    note = (
        f"{POSTS} posts of {length:.0f} characters, {UNLAWFUL_OF_TEN} of 10 with something unlawful, {options.rounds}"
        f" rounds in turns; times are this process's CPU time, so that others on the machine do not count."
        f" Goal: {GOAL_PER_S:,} posts/s."
    )
    show("Screening", ["screener", "best posts/s", "median posts/s", "µs a post"], rows, [note])
    if POSTS / min(took["this gate"]) < GOAL_PER_S:
        sys.stdout.write(f"below the goal of {GOAL_PER_S:,} posts/s\n")


def run(screen: Callable[[str], object], posts: Sequence[str]) -> float:
    """Return the CPU seconds that all posts take."""
    start = time.process_time()
    for post in posts:
        screen(post)
    return time.process_time() - start


def make_posts(number: int) -> list[str]:
    """Return posts of sentences of the labelled sets, equal in every run."""
    chosen = random.Random(5)
    rows = [*second_set(), *third_set()]
    lawful = [row["sentence"] for row in rows if row["label"] == "legal"]
    unlawful = [row["sentence"] for row in rows if row["label"] == "illegal"]
    posts = []
    for place in range(number):
        parts = [chosen.choice(unlawful)] if place % 10 < UNLAWFUL_OF_TEN else []
        while sum(map(len, parts)) < CHARACTERS:
            parts.append(chosen.choice(lawful))
        posts.append("。".join(parts)[:CHARACTERS])
    return posts


def keywords() -> list[str]:
    """Return the words of the classes that a plain list would hold."""
    words = tomllib.loads((files("cloud.jobs") / "tables" / "screening_words.toml").read_text("utf-8"))["words"]
    return sorted({one for name in _LISTED for word in words[name].split() for one in expand(word)})
