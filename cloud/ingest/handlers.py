"""Which events have an effect beside being stored: noun.verb -> function of a domain, called in the same transaction.

A handler takes the newly stored events of its type in order and may return what is to be done after the commit.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Final, cast

from cloud.ingest.notes import Arrived
from cloud.platform.core import Core
from cloud.platform.outbox import AfterCommit

Handler = Callable[[Core, Sequence[Arrived]], Awaitable[AfterCommit | None]]

#: The part of a type between its slot kind and its version -> module:function.
HANDLERS: Final[dict[str, str]] = {
    "clock.corrected": "cloud.kpi.service:record_corrections",
    "command.ended": "cloud.fleet.commands:record_ended",
    "digest.taken": "cloud.ingest.digests:record_digests",
    "display.proved": "cloud.jobs.content:record_proofs",
    "gap.declared": "cloud.ingest.digests:record_thinned",
    "outbox.filled": "cloud.fleet.alarms:record_filled",
    "signal.interval": "cloud.kpi.service:record_intervals",
}

#: cn.yizhan.{kind}.{noun.verb}.v1
_TYPE_PARTS: Final = 4


@lru_cache(maxsize=1_024)
def subject_of(type_: str) -> str:
    """Return the noun.verb of an event type, such as `signal.interval`."""
    parts = type_.split(".", _TYPE_PARTS - 1)
    return parts[-1].rpartition(".")[0] if len(parts) == _TYPE_PARTS else ""


def load_handlers(table: dict[str, str] = HANDLERS) -> dict[str, Handler]:
    """Return the functions that the table names."""
    loaded = {}
    for subject, name in table.items():
        module, _, function = name.partition(":")
        loaded[subject] = cast("Handler", getattr(import_module(module), function))
    return loaded
