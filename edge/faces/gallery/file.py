"""The file of a gallery: SQLite, each row a sealed record under a keyed hash. What is erased is overwritten."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from edge.errors import GalleryDamaged

BUSY_S: Final = 5.0
#: The rollback journal is cut to nothing after each change, and pages that become free are filled with zeros: after an
#: erasure neither file holds a byte of what was erased. A write-ahead log would, until its next checkpoint.
_PRAGMAS: Final = ("journal_mode=TRUNCATE", "synchronous=FULL", "secure_delete=ON", "temp_store=MEMORY")
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS gallery (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS template (place BLOB PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID;
"""


class GalleryFile:
    """Sealed rows by place, and a few named values; each method is one durable transaction, one at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(0o600, exist_ok=True)
        with self._told():
            self._database = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
            for pragma in _PRAGMAS:
                self._database.execute(f"PRAGMA {pragma}")
            self._database.executescript(_SCHEMA)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def value(self, name: str) -> bytes | None:
        """Return a named value."""
        with self._told():
            row = self._database.execute("SELECT value FROM gallery WHERE name = ?", (name,)).fetchone()
        return None if row is None else bytes(row[0])

    def rows(self) -> Iterator[tuple[bytes, bytes]]:
        """Return every (place, sealed record)."""
        with self._told():
            for place, sealed in self._database.execute("SELECT place, sealed FROM template ORDER BY place"):
                yield bytes(place), bytes(sealed)

    def put(self, place: bytes, sealed: bytes) -> None:
        """Keep a record, in place of the one that was there."""
        with self._told():
            self._database.execute("INSERT OR REPLACE INTO template VALUES (?, ?)", (place, sealed))

    def remove(self, places: Iterable[bytes]) -> None:
        """Overwrite records and forget them."""
        with self._transaction():
            self._database.executemany("DELETE FROM template WHERE place = ?", [(place,) for place in places])

    def replace(self, values: dict[str, bytes], rows: Iterable[tuple[bytes, bytes]]) -> None:
        """Put these values and rows in place of all that there is, or, when it fails, leave all as it is."""
        with self._transaction():
            self._database.execute("DELETE FROM template")
            self._database.executemany("INSERT OR REPLACE INTO gallery VALUES (?, ?)", list(values.items()))
            self._database.executemany("INSERT INTO template VALUES (?, ?)", rows)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._told():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise GalleryDamaged(f"{self.path}: {error}; put a good file back, or remove it and enrol again") from error
