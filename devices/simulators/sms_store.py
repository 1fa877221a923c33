"""What the reference SMS gateway keeps: messages, what went to handsets, numbers used once; survives a kill."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from protocols.sms import SmsMessage, SmsState, SmsStatus

#: A phone takes this many messages in this many seconds, as providers limit them.
PHONE_LIMITS: Final = ((60, 2), (3_600, 10), (86_400, 30))
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS message (
  id TEXT PRIMARY KEY, digest TEXT NOT NULL, phone TEXT NOT NULL, state TEXT NOT NULL, receipt TEXT NOT NULL,
  cost_fen INTEGER NOT NULL, code TEXT NOT NULL, at REAL NOT NULL, report_at REAL, tries INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS handset (number INTEGER PRIMARY KEY, id TEXT NOT NULL, phone TEXT NOT NULL,
  text TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS nonce (value TEXT PRIMARY KEY, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS message_report ON message (report_at);
CREATE INDEX IF NOT EXISTS message_phone ON message (phone, at);
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """One short message on one handset."""

    id: str
    phone: str
    text: str


class SmsStore:
    """One SQLite file; every method is one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def fresh_nonce(self, nonce: str, now_s: float, keep_s: float) -> bool:
        """Remember a nonce; return whether it had not been used."""
        with self._connection:
            self._connection.execute("DELETE FROM nonce WHERE at < ?", (now_s - keep_s,))
            done = self._connection.execute("INSERT OR IGNORE INTO nonce VALUES (?, ?)", (nonce, now_s))
            return done.rowcount == 1

    def find(self, message_id: str) -> tuple[str, SmsStatus] | None:
        """Return the digest and the state of a message."""
        columns = "digest, state, receipt, cost_fen, code"
        row = self._connection.execute(f"SELECT {columns} FROM message WHERE id = ?", (message_id,)).fetchone()  # noqa: S608
        if row is None:
            return None
        return row[0], SmsStatus(id=message_id, state=row[1], receipt=row[2], cost_fen=row[3], code=row[4])

    def over_limit(self, phone: str, now_s: float) -> float:
        """Return after how many seconds the phone may be sent to again; 0 when now."""
        for window_s, most in PHONE_LIMITS:
            query = "SELECT COUNT(*), MIN(at) FROM message WHERE phone = ? AND at > ?"
            count, oldest = self._connection.execute(query, (phone, now_s - window_s)).fetchone()
            if count >= most:
                return float(oldest + window_s - now_s)
        return 0.0

    def accept(self, message: SmsMessage, digest: str, status: SmsStatus, text: str, at_s: float) -> None:
        """Take a message and send it to its handset, both or neither."""
        with self._connection:
            self._connection.execute(
                "INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, '', ?, ?, 0)",
                (message.id, digest, message.phone, status.state, status.receipt, status.cost_fen, at_s, at_s),
            )
            self._connection.execute(
                "INSERT INTO handset (id, phone, text, at) VALUES (?, ?, ?, ?)",
                (message.id, message.phone, text, at_s),
            )

    def finish(self, message_id: str, state: SmsState, code: str) -> None:
        """Note what became of a message."""
        with self._connection:
            self._connection.execute("UPDATE message SET state = ?, code = ? WHERE id = ?", (state, code, message_id))

    def due_reports(self, before_s: float, limit: int) -> list[tuple[str, str, int]]:
        """Return (id, phone, tries) of messages whose report is due."""
        query = "SELECT id, phone, tries FROM message WHERE report_at <= ? ORDER BY report_at LIMIT ?"
        return list(self._connection.execute(query, (before_s, limit)))

    def reported(self, message_id: str) -> None:
        """Report this one no more."""
        with self._connection:
            self._connection.execute("UPDATE message SET report_at = NULL WHERE id = ?", (message_id,))

    def report_later(self, message_id: str, at_s: float) -> None:
        """Report this one again at `at_s`."""
        with self._connection:
            query = "UPDATE message SET report_at = ?, tries = tries + 1 WHERE id = ?"
            self._connection.execute(query, (at_s, message_id))

    def shown(self) -> list[Shown]:
        """Return everything that went to handsets, in order."""
        return [Shown(*row) for row in self._connection.execute("SELECT id, phone, text FROM handset ORDER BY number")]

    def count(self) -> int:
        """Return how many messages were taken."""
        return int(self._connection.execute("SELECT COUNT(*) FROM message").fetchone()[0])


@contextmanager
def open_store(path: Path) -> Iterator[SmsStore]:
    """Open or make the file."""
    connection = sqlite3.connect(path, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(_SCHEMA)
        yield SmsStore(connection)
    finally:
        connection.close()
