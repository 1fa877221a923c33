"""Which events have an effect beside being stored: noun.verb -> function of a domain, called in the same transaction.

A handler takes the newly stored events of its type in order and may return what is to be done after the commit.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any, Final, NamedTuple, cast

from cloud.platform.core import Core
from cloud.platform.outbox import AfterCommit
from protocols.venue.events import Envelope


class Arrived(NamedTuple):
    """A newly stored event, for the handlers of its type; `stream` and `seq` are its place in its store."""

    station: str
    slot: str
    store: str
    event: Envelope
    data: Any
    stream: str = ""
    seq: int = 0


Handler = Callable[[Core, Sequence[Arrived]], Awaitable[AfterCommit | None]]

#: The part of a type between its slot kind and its version -> module:function, several with a space between.
HANDLERS: Final[dict[str, str]] = {
    "capacity.changed": "cloud.fleet.alarms:record_capacity",
    "alarm.cleared": "cloud.fleet.alarms:record_local",
    "alarm.raised": "cloud.fleet.alarms:record_local cloud.fleet.repairs:record_local",
    "clock.corrected": "cloud.kpi.service:record_corrections",
    "command.ended": "cloud.fleet.commands:record_ended",
    "content.applied": "cloud.jobs.content:record_delivered cloud.policies.displays:record_applied",
    "digest.taken": "cloud.ingest.digests:record_digests",
    "display.proved": "cloud.jobs.content:record_proofs cloud.policies.displays:record_proved",
    "fault.began": "cloud.fleet.alarms:record_faults",
    "fault.ended": "cloud.fleet.alarms:record_faults",
    "gap.declared": "cloud.ingest.digests:record_thinned",
    "gallery.applied": "cloud.people.faces.intake:record_applied",
    "health.changed": "cloud.fleet.alarms:record_health",
    "look.ended": "cloud.people.faces.intake:record_looks",
    "notice.ended": "cloud.emergency.service:record_ended",
    "notice.failed": "cloud.emergency.service:record_failed",
    "notice.raised": "cloud.emergency.service:record_raised",
    "notice.shown": "cloud.emergency.service:record_shown",
    "outbox.filled": "cloud.fleet.alarms:record_filled",
    "people.erased": "cloud.people.faces.intake:record_erased",
    "person.enrolled": "cloud.people.faces.intake:record_enrolled",
    "power.changed": "cloud.kpi.service:record_power",
    "slot.changed": "cloud.fleet.faults:record_changed",
    "signal.interval": "cloud.kpi.service:record_intervals",
    "ticket.issued": "cloud.service.queue:record_issued",
    "ticket.moved": "cloud.service.queue:record_moved",
}

#: Events that the writer itself heeds: they speak of the stream or of the slot's health.
_HEEDED: Final = frozenset({"gap.declared", "slot.changed"})

#: cn.yizhan.{kind}.{noun.verb}.v1
_TYPE_PARTS: Final = 4


@lru_cache(maxsize=1_024)
def subject_of(type_: str) -> str:
    """Return the noun.verb of an event type, such as `signal.interval`."""
    parts = type_.split(".", _TYPE_PARTS - 1)
    return parts[-1].rpartition(".")[0] if len(parts) == _TYPE_PARTS else ""


@lru_cache(maxsize=1_024)
def means_more(type_: str) -> bool:
    """Return whether an event of a type has an effect beside being stored."""
    return subject_of(type_) in HANDLERS or is_heeded(type_)


def is_heeded(type_: str) -> bool:
    """Return whether the writer itself heeds events of a type; they do not say that their slot lives."""
    return subject_of(type_) in _HEEDED


def load_handlers(table: dict[str, str] = HANDLERS) -> dict[str, Handler]:
    """Return the functions that the table names."""
    return {subject: _all_of([_load(name) for name in names.split()]) for subject, names in table.items()}


def _load(name: str) -> Handler:
    module, _, function = name.partition(":")
    return cast("Handler", getattr(import_module(module), function))


def _all_of(handlers: Sequence[Handler]) -> Handler:
    """Return one handler that calls several, in order, and does after the commit what each of them asks for."""
    if len(handlers) == 1:
        return handlers[0]

    async def handle(core: Core, events: Sequence[Arrived]) -> AfterCommit | None:
        steps = [step for handler in handlers if (step := await handler(core, events)) is not None]

        async def after() -> None:
            for step in steps:
                await step()

        return after

    return handle
