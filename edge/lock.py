"""One agent per state directory."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.errors import StateInUse

LOCK_FILE = "agent.lock"


@contextmanager
def state_lock(state: Path) -> Iterator[None]:
    """Hold the directory's lock; StateInUse if another process does. The kernel lets go of it when we die."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / LOCK_FILE).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StateInUse(f"another agent runs on {state}; stop it or give this one another --state") from error
        yield
