"""`scripts/bench NAME …`: one table a benchmark, ours beside the raw limit of the same run."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Final

from tests.bench import (
    backlog,
    burst,
    cameras,
    coding_ceiling,
    edge,
    erase,
    facesearch,
    faults,
    fleet,
    imports,
    ingest,
    mutations,
    notice,
    occupations,
    outbox,
    people,
    restore,
    screen,
    statistics,
    wall,
    wallwatch,
    web,
)

BENCHES: Final[dict[str, Callable[[list[str]], Coroutine[None, None, None]]]] = {
    "backlog": backlog.main,  # a city's day without a link, drained while live events go on arriving
    "burst": burst.main,  # ten times the rate at real agents, the core away for a third of it
    "cameras": cameras.main,  # faults of a picture: how soon, how often none; sixteen cameras on one agent
    "coding_ceiling": coding_ceiling.main,  # what e5 would add to occupation coding, whatever its size: not much
    "edge": edge.main,  # memory and idle CPU of one agent, and what each driver adds (P7)
    "erase": erase.main,  # a consent to faces withdrawn: 60 stations erase, 5 of them when they return (S13)
    "facesearch": facesearch.main,  # one face among 10,000 to a million, exactly, beside faiss and usearch (P6)
    "faults": faults.main,  # random faults over a city: lost, doubled, recovery, by kind
    "fleet": fleet.main,  # thousands of simulated stations: nothing lost, p99 of the ack, who uses what
    "import": imports.main,  # 10,000 posts from a spreadsheet, 500 of them spoiled: seconds, report compared
    "ingest": ingest.main,  # broker -> validated -> committed -> ack (P1, P2)
    "mutations": mutations.main,  # each rule W1-W23 broken once in a copy: does its test notice?
    "notice": notice.main,  # emergency notice raised -> the word of 20 screens in Chromium
    "occupations": occupations.main,  # job titles -> codes: five folds beside an SVM; speed, first answer
    "outbox": outbox.main,  # put, durable on return, and drain (P3)
    "people": people.main,  # people counted from pictures: what a detector finds, what it costs
    "restore": restore.main,  # backup of a city's database, restore into an empty PostgreSQL
    "screen": screen.main,  # posts a second through the publication gate, beside a plain list of words
    "web": web.main,  # REST reads and console pages over a city's data (P8)
    "statistics": statistics.main,  # a month's figures over 200 k posts, a ledger of 100 k rows: time and memory
    "wall": wall.main,  # post published -> text in the wall's DOM (P4)
    "wallwatch": wallwatch.main,  # a wall frozen, black, old, unplugged: how soon it is said; healthy: never
}


def main(words: list[str]) -> int:
    """Run one benchmark."""
    if not words or words[0] not in BENCHES:
        sys.stderr.write(f"usage: scripts/bench {'|'.join(BENCHES)} [options]\n")
        return 2
    asyncio.run(BENCHES[words[0]](words[1:]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
