"""One SQLite file, one core: its pages learn of changes inside its own process, so a second one would show old things.

Processes that only store events belong to the core beside them and may be many (ADR 0009): they tell it what they
stored through the database. Commands that open the file for a moment are no cores either.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cloud.platform.database import connection_of
from cloud.platform.errors import DatabaseError
from cloud.platform.settings import Role, Settings

_MAX_PID_DIGITS: Final = 20


@contextmanager
def only_core(settings: Settings, roles: Sequence[Role]) -> Iterator[None]:
    """Be the only core of a SQLite file in the body; DatabaseError names the process that is."""
    dialect, credentials = connection_of(settings.database)
    if dialect != "sqlite" or not {"web", "worker"} & set(roles):
        yield
        return
    path = Path(f"{credentials['file_path']}.core")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            # Kept by the kernel as long as this process lives: nothing is left of one that was killed.
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            other = os.read(descriptor, _MAX_PID_DIGITS).decode("ascii", "replace").strip() or "unknown"
            raise DatabaseError(
                f"another core, process {other}, runs on {credentials['file_path']}: stop it, give this one"
                " --roles ingest, or put several cores on PostgreSQL"
            ) from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)
