"""The service of a simulated device: speaks `protocols.frames.simline` on any transport."""

from collections import deque
from typing import Final

from devices.driver import Json
from devices.errors import DeviceLost, DeviceRefused
from devices.simulators.device import Simulator, State
from devices.simulators.kinds import BEHAVIOURS, Behaviour
from devices.transport import Transport
from protocols.frames.simline import Answer, Ask, LineDecoder, Message, Notice, Report, Taken, to_bytes
from protocols.venue.vocabulary import Kind

#: Events a device keeps while no driver takes them; then the oldest goes, as in a real terminal.
MAX_NOTICES: Final = 1000


class SimlineDevice(Simulator):
    """One device of a slot kind."""

    def __init__(self, behaviour: Behaviour, start: Json | None = None) -> None:
        self.fields = behaviour.fields
        super().__init__({**behaviour.start, **(start or {})})
        self._behaviour = behaviour
        self._notices: deque[Notice] = deque(maxlen=MAX_NOTICES)
        self._owed: deque[Notice] = deque(maxlen=MAX_NOTICES)
        self._number = 0
        self._open: list[Transport] = []

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Return the events that no driver has taken yet."""
        return tuple(self._notices)

    async def talk(self, transport: Transport) -> None:
        """Report, deliver what was missed, answer until the driver goes."""
        self._open.append(transport)
        decoder = LineDecoder()
        try:
            await self.answering()
            self._owed.clear()
            await self._send(transport, self._report({}), *self._notices)
            while True:
                for message in decoder.feed(await transport.read()):
                    await self.answering()
                    await self._take(transport, message)
        except DeviceLost:
            return
        finally:
            self._open.remove(transport)

    async def changed(self, before: State, given: Json) -> None:
        """Tell every driver the new state and what happened."""
        news = [self._notice(name, data) for name, data in self._behaviour.events(before, self.state, given)]
        if self.paused:
            self._owed.extend(news)
            return
        for transport in tuple(self._open):
            try:
                await self._send(transport, self._report(given), *news)
            except DeviceLost:
                continue  # its talk() ends by itself

    async def _take(self, transport: Transport, message: Message) -> None:
        match message:
            case Ask():
                owed, self._owed = tuple(self._owed), deque(maxlen=MAX_NOTICES)
                await self._send(transport, *owed, *await self._answer(message))
            case Taken():
                self._notices = deque((n for n in self._notices if n.number != message.number), MAX_NOTICES)
            case _:
                return  # a device does not listen to other devices

    async def _answer(self, ask: Ask) -> tuple[Message, ...]:
        try:
            result = await self._do(ask)
        except DeviceRefused as error:
            return (Answer(ask.number, ok=False, body={"text": str(error)}),)
        answer = Answer(ask.number, ok=True, body=result)
        return (self._report({}), answer) if ask.name == "get" else (answer,)

    async def _do(self, ask: Ask) -> Json:
        if ask.name == "get":
            return {}
        if ask.name == "configure":
            unknown = ask.args.keys() - self._behaviour.settings
            if unknown:
                raise DeviceRefused(f"no such setting: {', '.join(sorted(unknown))}")
            await self.change(ask.args)
            return {}
        return await self._command(ask)

    async def _command(self, ask: Ask) -> Json:
        command = self._behaviour.commands.get(ask.name)
        if command is None:
            raise DeviceRefused(f"unknown command {ask.name!r}")
        try:
            changes, result = command(self.state, ask.args)
        except (KeyError, TypeError, ValueError) as error:
            raise DeviceRefused(f"arguments of {ask.name!r}: {error!r}") from error
        await self.change(changes)
        return result

    def _report(self, given: Json) -> Report:
        return Report(dict(self.state), dict(self._behaviour.signals(self.state, given)))

    def _notice(self, name: str, data: Json) -> Notice:
        self._number += 1
        notice = Notice(self._number, name, dict(data))
        self._notices.append(notice)
        return notice

    @staticmethod
    async def _send(transport: Transport, *messages: Message) -> None:
        for message in messages:
            await transport.write(to_bytes(message))


def simline_device(kind: Kind, start: Json | None = None) -> SimlineDevice:
    """Return the simulated device of a slot kind; `start` overrides parts of its first state."""
    return SimlineDevice(BEHAVIOURS[kind], start)
