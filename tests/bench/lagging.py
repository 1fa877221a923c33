"""Runs `yizhan …` and writes how late its event loop was: `python -m tests.bench.lagging FILE edge run …`.

Every PROBE_S the loop is asked to come back after PROBE_S; what it is late by is a line of FILE, in milliseconds.
"""

import asyncio
import sys
from pathlib import Path
from typing import IO, Final

import yizhan

PROBE_S: Final = 0.02


class _Policy(asyncio.DefaultEventLoopPolicy):
    """Loops that tell how late they are."""

    def __init__(self, file: IO[str]) -> None:
        super().__init__()
        self._file = file

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        loop = super().new_event_loop()
        self._ask(loop, loop.time() + PROBE_S)
        return loop

    def _ask(self, loop: asyncio.AbstractEventLoop, due_s: float) -> None:
        def tell() -> None:
            now_s = loop.time()
            self._file.write(f"{(now_s - due_s) * 1000:.3f}\n")
            self._ask(loop, now_s + PROBE_S)

        loop.call_at(due_s, tell)


def main(words: list[str]) -> int:
    """Run the program of `yizhan`."""
    with Path(words[0]).open("w", encoding="ascii", buffering=1) as file:
        asyncio.set_event_loop_policy(_Policy(file))
        return yizhan.main(words[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
