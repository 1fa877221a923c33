"""The outbox: every event of the station, durable in SQLite until the cloud has said that it has it."""

from edge.outbox.outbox import Outbox, open_outbox
from edge.outbox.rows import AckTaken, Head, Row

__all__ = ["AckTaken", "Head", "Outbox", "Row", "open_outbox"]
