"""The daily digest of what the cloud has acked (W11, D18, D19), signed with the device key; also on command."""

import json
import logging
from contextlib import aclosing
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from devices.driver import Json
from edge.alarms import MAX_MUTED_MINUTES, LocalAlarms
from edge.devicekey import DeviceKey, NotSigned
from edge.errors import OutboxError
from edge.host import Running
from edge.recorder import Recorder
from firmware_profiles.schema import CommandSpec, Value
from protocols.venue.vocabulary import Kind

#: The digest of a day is taken at this time of the next (UTC).
DUE: Final = time(0, 10, tzinfo=UTC)
LOOK_INTERVAL_S: Final = 60.0
#: Days that are made up for after the agent was off.
MAX_LATE_DAYS: Final = 7

_log = logging.getLogger(__name__)


class Digests:
    """Takes digests and stores them as events."""

    def __init__(self, recorder: Recorder, key: DeviceKey) -> None:
        self._recorder = recorder
        self._key = key

    async def run(self) -> None:
        """Take each day's digest once, for ever."""
        clock = self._recorder.author.timekeeper.clock
        async with aclosing(clock.ticks(LOOK_INTERVAL_S)) as ticker:
            async for _ in ticker:
                try:
                    await self._take_due(clock.now())
                except OutboxError as error:
                    _log.warning("the digest waits: %s", error)

    async def take(self, day: str) -> dict[str, Any]:
        """Store the digest of a UTC day as it stands now and return its data."""
        outbox = self._recorder.outbox
        streams = await outbox.digest(day)
        data: dict[str, Any] = {"day": day, "store": outbox.store, "streams": streams}
        station = self._recorder.author.station
        signed = {"day": day, "store": outbox.store, "station": station, "evidence": streams["evidence"]}
        try:
            if self._key.public is not None:
                data["jws"] = await self._key.sign(_canonical(signed))
        except NotSigned as error:
            _log.error("the digest of %s is not signed: %s", day, error)
        await self._recorder.event("agent", "agent", "digest.taken", data, "evidence")
        return data

    async def _take_due(self, now: datetime) -> None:
        """Take what is due; a new store begins with the day on which it was first seen here."""
        newest = now.date() - timedelta(days=1 if now.timetz() >= DUE else 2)
        noted = await self._recorder.outbox.noted_digest()
        taken = date.fromisoformat(noted) if noted else None
        if taken is None or taken > newest + timedelta(days=1):  # a new store, or the clock went back
            await self._recorder.outbox.note_digest((now.date() - timedelta(days=1)).isoformat())
            return
        day = max(taken, newest - timedelta(days=MAX_LATE_DAYS)) + timedelta(days=1)
        while day <= newest:
            await self.take(day.isoformat())
            await self._recorder.outbox.note_digest(day.isoformat())
            day += timedelta(days=1)


#: How long something is quiet, 0: no longer; and why, for people.
_QUIET: Final = {
    "minutes": Value(type="integer", min=0, max=MAX_MUTED_MINUTES),
    "reason": Value(type="string", max_length=100, required=False),
}


class StationSlot:
    """The slot `agent`: the station itself as a target of commands (D5)."""

    kind: Kind = "agent"
    commands: Final = {
        "digest": CommandSpec(
            args={"day": Value(type="string", max_length=10, pattern=r"\d{4}-\d{2}-\d{2}")},
            timeout_s=60.0,
            idempotent=True,
        ),
        "mute": CommandSpec(
            args={
                "rule": Value(type="string", max_length=32),
                **_QUIET,
            },
            timeout_s=10.0,
            idempotent=True,
        ),
        # What a rule of the site file calls maintenance, now; an empty slot means every one.
        "maintain": CommandSpec(
            args={"slot": Value(type="string", max_length=32), **_QUIET}, timeout_s=10.0, idempotent=True
        ),
    }

    def __init__(self, digests: Digests, alarms: LocalAlarms) -> None:
        self._digests, self._alarms = digests, alarms

    def command_spec(self, name: str) -> CommandSpec | None:
        """Return what is known of a command of the station."""
        return self.commands.get(name)

    async def ready(self) -> None:
        """Return at once: the station is there."""

    async def command(self, name: str, args: Json, running: Running) -> Json:  # noqa: ARG002 - the contract
        """Take a digest of a day, mute a local rule, or keep a slot quiet that is worked on."""
        if name == "mute":
            return await self._alarms.mute(str(args["rule"]), int(str(args["minutes"])))
        if name == "maintain":
            return await self._alarms.maintain(str(args["slot"]), int(str(args["minutes"])))
        return await self._digests.take(str(args["day"]))

    async def settle(self, name: str, args: Json, running: Running) -> Json:
        """Run it again: it is idempotent."""
        return await self.command(name, args, running)


def _canonical(document: dict[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
