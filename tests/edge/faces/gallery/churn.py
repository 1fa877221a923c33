"""Enrols and erases for ever, telling each change before it begins and when it is durable: a process to be killed."""

import sys
from itertools import count
from pathlib import Path

from tests.edge.faces.gallery.people import CHECK, Crowd, opened

PEOPLE = 12
SEED = 24


def main(folder: str, first: str) -> None:
    """Change the gallery in `folder`, beginning with the change of that number: every third one erases."""
    crowd, kept = Crowd(SEED, PEOPLE), opened(Path(folder))
    for number in count(int(first)):
        person = number * 5 % PEOPLE
        change = f"{'erase' if number % 3 == 2 else 'enrol'} {person}"
        print("begins", change, flush=True)
        if number % 3 == 2:
            kept.erase([f"p-{person}"])
        else:
            kept.enrol(f"p-{person}", crowd.frames(person), CHECK, f"c-{number}")
        print("durable", change, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
