"""Live pictures for terminals that take nobody without one: asked for by a command, taken at the station, used once.

A picture is taken only while a command waits for it. It is in memory, for a minute at most, reaches the driver that
asked and nobody else, and is overwritten as soon as the push has ended, however it ended: it is in no file, no event,
no log and on no topic but the terminal's own. Copies that the interpreter and libraries made on the way to the device
are freed with the request; they cannot be overwritten.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Literal

from devices.driver import LivePicture
from devices.errors import DeviceRefused, OutcomeUnknown
from edge.errors import PictureRefused

#: Whoever stands before the terminal takes so long at most, s; and so long may a push hold the picture.
WAIT_S: Final = 60.0
HELD_S: Final = 60.0
#: Commands that may wait for a picture at a time: one for each terminal of a hall.
MAX_WISHES: Final = 4

Outcome = Literal["done", "refused", "unknown"]


@dataclass(slots=True)
class Wish:
    """A command that waits for a picture of one person."""

    id: str
    slot: str
    person: str
    ends_s: float
    taken: LivePicture | None = None
    outcome: Outcome = "unknown"
    text: str = ""
    given: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class Pictures:
    """The pictures that are waited for now."""

    def __init__(self) -> None:
        self._wishes: dict[str, Wish] = {}

    def status(self) -> list[dict[str, object]]:
        """Return what is waited for, for the page."""
        now_s = asyncio.get_running_loop().time()
        return [
            {"id": one.id, "slot": one.slot, "person": one.person, "left_s": max(0, round(one.ends_s - now_s))}
            for one in self._wishes.values()
            if one.taken is None
        ]

    @asynccontextmanager
    async def wanted(self, command: str, slot: str, person: str) -> AsyncIterator[LivePicture]:
        """Yield the picture that is taken for a command; DeviceRefused when nobody takes one."""
        if len(self._wishes) >= MAX_WISHES:
            raise DeviceRefused(f"{MAX_WISHES} 台终端正在等照片，请稍后再试")
        wish = self._wishes[command] = Wish(command, slot, person, asyncio.get_running_loop().time() + WAIT_S)
        try:
            picture = await _taken(wish)
            async with asyncio.timeout(HELD_S):
                yield picture
            wish.outcome = "done"
        except DeviceRefused as error:
            wish.outcome, wish.text = "refused", str(error)
            raise
        except TimeoutError as error:
            raise OutcomeUnknown(f"the terminal did not take the picture within {HELD_S:g} s") from error
        finally:
            del self._wishes[command]
            if wish.taken is not None:
                overwrite(wish.taken.data)
            wish.ended.set()

    async def give(self, wish: str, picture: LivePicture) -> Wish:
        """Hand a picture to the command that waits for it; returns once its push has ended."""
        known = self._wishes.get(wish)
        if known is None or known.taken is not None:
            overwrite(picture.data)
            raise PictureRefused("nobody waits for this picture")
        known.taken = picture
        known.given.set()
        await known.ended.wait()
        return known


async def _taken(wish: Wish) -> LivePicture:
    try:
        async with asyncio.timeout(WAIT_S):
            await wish.given.wait()
    except TimeoutError as error:
        raise DeviceRefused(f"{WAIT_S:g} 秒内没有人在本站拍照：请打开本站的 /face 页面后再下命令") from error
    assert wish.taken is not None  # noqa: S101 - set before the event
    return wish.taken


def overwrite(data: bytearray) -> None:
    """Make zeros of a picture."""
    data[:] = bytes(len(data))
