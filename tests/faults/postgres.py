"""A PostgreSQL below the city that can be stopped as by a power cut; its rows as a SQLite file for the oracle."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from tests.peers.postgres import _as_server_user, _run, find_program, running_postgres

_TABLES = (
    "CREATE TABLE stream_mark(id INTEGER PRIMARY KEY, station TEXT, store TEXT, stream TEXT, lost TEXT)",
    "CREATE TABLE event(id INTEGER PRIMARY KEY, text TEXT)",
)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    folder: Path
    url: str

    def stop(self) -> None:
        """Stop it at once: `-m immediate`, no checkpoint, connections cut."""
        self._control("-m", "immediate", "stop")

    def start(self) -> None:
        """Start it again; it recovers from its log."""
        options = f"-p {urlsplit(self.url).port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        self._control("-l", str(self.folder / "log"), "-o", options, "start")

    async def rows(self, target: Path) -> Path:
        """Copy marks and events into a SQLite file."""
        target.unlink(missing_ok=True)
        connection = await asyncpg.connect(self.url)
        try:
            marks = await connection.fetch("SELECT id, station, store, stream, lost FROM stream_mark")
            events = await connection.fetch("SELECT id, text FROM event")
        finally:
            await connection.close()
        with closing(sqlite3.connect(target)) as copy, copy:
            for statement in _TABLES:
                copy.execute(statement)
            copy.executemany("INSERT INTO stream_mark VALUES(?, ?, ?, ?, ?)", [tuple(row) for row in marks])
            copy.executemany("INSERT INTO event VALUES(?, ?)", [tuple(row) for row in events])
        return target

    def _control(self, *words: str) -> None:
        program = find_program("pg_ctl") or "pg_ctl"
        _run([*_as_server_user(self.folder), program, "-D", str(self.folder / "data"), "-w", *words])


@contextmanager
def postgres_server(folder: Path) -> Iterator[Server]:
    """Run a server with its files in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with running_postgres(folder) as url:
        yield Server(folder, url)
