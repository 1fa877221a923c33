"""The agent's side of the process that decodes for all its cameras: one question at a time, each with a bound.

It is started by the first question and ends with the last camera. One that hangs or dies is replaced: what a camera
sends reaches a decoder, and a decoder is where such bytes do their harm.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

from devices.cameras.crossing import Box
from devices.cameras.figures import Measures
from devices.errors import DeviceError

#: Decoding a 4K key frame takes 100 ms; starting the process a second or two on a small machine.
ANSWER_TIMEOUT_S: Final = 10.0
#: JSON of measures has 6 KB, a snapshot at most 1 MB.
MAX_ANSWER_BYTES: Final = 4 * 1024 * 1024

Polygons = Sequence[Sequence[tuple[float, float]]]


class EyeError(DeviceError):
    """A picture could not be decoded, or the process did not answer."""


class NoPeople(EyeError):  # noqa: N818 - says it
    """The detector cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A masked picture as JPEG."""

    jpeg: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Found:
    """The people in a picture as boxes in shares of it, its width by its height, its mean grey level."""

    boxes: tuple[Box, ...]
    aspect: float
    brightness: float


class Eye:
    """One process; `look`, `snapshot` and `people` wait for their turn."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None

    async def look(self, camera: str, codec: str, key: bytes, masks: Polygons = ()) -> Measures:
        """Return the measures of a key frame; EyeError."""
        told, _ = await self._ask({"camera": camera, "codec": codec, "masks": masks}, key)
        return Measures.of(told["measures"])

    async def snapshot(self, codec: str, key: bytes, masks: Polygons) -> Snapshot:
        """Return a key frame as a picture under its masks; EyeError."""
        told, jpeg = await self._ask({"codec": codec, "masks": masks, "snapshot": True}, key)
        return Snapshot(jpeg, int(told["width"]), int(told["height"]))

    async def people(self, codec: str, key: bytes, masks: Polygons, detector: str) -> Found:
        """Return who is in a key frame under its masks; NoPeople when it cannot be known, EyeError."""
        told, _ = await self._ask({"codec": codec, "masks": masks, "detector": detector}, key)
        boxes = tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in told["boxes"])
        return Found(boxes, float(told["aspect"]), float(told["brightness"]))

    @property
    def pid(self) -> int | None:
        """The process, None while there is none."""
        return self._process.pid if self._process else None

    async def _ask(self, asked: dict[str, Any], key: bytes) -> tuple[dict[str, Any], bytes]:
        text = json.dumps(asked).encode()
        async with self._turn:
            try:
                async with asyncio.timeout(ANSWER_TIMEOUT_S):
                    told, picture = await self._exchange(text, key)
            except BaseException as error:
                await self._end()  # an answer that comes now would be taken for the next question's
                if isinstance(error, (OSError, EOFError, ValueError)):  # a TimeoutError is an OSError
                    raise EyeError(f"the decoder did not answer: {error or type(error).__name__}") from error
                raise
        if "no_detector" in told:
            raise NoPeople(str(told["no_detector"]))
        if "error" in told:
            raise EyeError(str(told["error"]))
        return told, picture

    async def _exchange(self, text: bytes, key: bytes) -> tuple[dict[str, Any], bytes]:
        process = self._process = self._process or await _started()
        assert process.stdin is not None  # noqa: S101 - both are pipes
        assert process.stdout is not None  # noqa: S101
        process.stdin.write(len(text).to_bytes(4, "big") + len(key).to_bytes(4, "big") + text + key)
        await process.stdin.drain()
        head = await process.stdout.readexactly(8)
        sizes = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:], "big")
        if sum(sizes) > MAX_ANSWER_BYTES:
            raise ValueError(f"an answer of {sum(sizes)} bytes")
        told: dict[str, Any] = json.loads(await process.stdout.readexactly(sizes[0]))
        return told, await process.stdout.readexactly(sizes[1])

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()

    async def close(self) -> None:
        """End the process."""
        await self._end()


async def _started() -> asyncio.subprocess.Process:
    # One thread each: the agent's machine has other things to do, and every thread has a stack and an arena.
    quiet = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "devices.cameras.eye_process",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env={**os.environ, **quiet},
    )  # fmt: skip


@dataclass(slots=True)
class _Shared:
    eye: Eye
    users: int = 0


#: The one process of each loop, as long as a camera uses it: drivers know nothing of each other.
_OF_LOOP: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, _Shared]] = WeakKeyDictionary()


@asynccontextmanager
async def shared_eye() -> AsyncIterator[Eye]:
    """Yield the eye that all cameras of this loop share; who leaves last closes it."""
    loop = asyncio.get_running_loop()
    shared = _OF_LOOP.setdefault(loop, _Shared(Eye()))
    shared.users += 1
    try:
        yield shared.eye
    finally:
        shared.users -= 1
        if not shared.users:
            _OF_LOOP.pop(loop, None)
            await shared.eye.close()
