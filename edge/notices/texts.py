"""Emergency notices on screens of letters: slots whose device takes the command `text`, with the cloud or without."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from devices.driver import Json
from devices.errors import DeviceError
from edge.commands import Target
from edge.host import Running
from edge.notices.desk import Notices, Seen
from firmware_profiles.schema import CommandSpec
from protocols.venue.notices import Notice, line_of

#: The command that a controller of letters has, and its argument.
TEXT: Final = "text"
#: A controller that did not take it is asked again after this long, s.
RETRY_S: Final = 5.0

_log = logging.getLogger(__name__)


class Texts:
    """Keeps every screen of letters at the notice in force, and empties it afterwards."""

    def __init__(self, notices: Notices, slots: Mapping[str, Target]) -> None:
        self._notices = notices
        self._slots = {slot: slots[slot] for slot in notices.screens if _spec(slots[slot]) is not None}
        self._changed = {slot: asyncio.Event() for slot in self._slots}
        notices.watch(self._wake)

    async def run(self) -> None:
        """Serve all of them, for ever."""
        async with asyncio.TaskGroup() as group:
            for slot, target in self._slots.items():
                group.create_task(self._serve(slot, target), name=f"notice-text-{slot}")

    def _wake(self) -> None:
        for event in self._changed.values():
            event.set()

    async def _serve(self, slot: str, target: Target) -> None:
        on_screen: Notice | None = None
        while True:
            wanted = self._notices.current
            if wanted == on_screen:
                await self._changed[slot].wait()
                self._changed[slot].clear()
            elif await self._put(slot, target, wanted):
                on_screen = wanted
            else:
                self._changed[slot].clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(RETRY_S):
                        await self._changed[slot].wait()

    async def _put(self, slot: str, target: Target, notice: Notice | None) -> bool:
        spec = _spec(target)
        if spec is None:
            return True  # its device was exchanged for one without letters
        line = line_of(notice, spec.args[TEXT].max_length) if notice else ""
        try:
            async with asyncio.timeout(spec.timeout_s):
                await target.ready()
                await target.command(TEXT, _args(spec, line), Running("", _ignore))
        except (DeviceError, TimeoutError) as error:
            _log.warning("%s did not take the notice: %s", slot, error)
            if notice is not None:
                await self._notices.failed(slot, notice.id, str(error) or "no answer in time")
            return False
        if notice is not None:
            await self._notices.acknowledge(slot, notice.id, notice.content_hash, Seen("command"))
        return True


def _spec(target: Target) -> CommandSpec | None:
    """Return the command if only its text must be given."""
    spec = target.command_spec(TEXT)
    if spec is None or TEXT not in spec.args:
        return None
    others = [value for name, value in spec.args.items() if name != TEXT]
    return spec if all(value.default is not None or not value.required for value in others) else None


def _args(spec: CommandSpec, line: str) -> Json:
    given: dict[str, Any] = {name: value.default for name, value in spec.args.items() if value.default is not None}
    return {**given, TEXT: line}


def _ignore(step: str, done: int, total: int) -> None:
    del step, done, total
