"""Many cameras in one process: `python -m tests.peers.rtsp_loop FOLDER FPS COUNT` plays FOLDER/*.h264 for ever.

The shipped camera's RTSP, with pictures that an encoder made before: whole films, in packets as cameras send them.
Prints the ports as a JSON list.
"""

import asyncio
import itertools
import json
import re
import struct
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

from devices.simulators.rtsp_camera import CLOCK_HZ, RtspCamera, packets
from devices.simulators.service import listening
from devices.transport import Transport

#: What fits into a frame of Ethernet.
PACKET_BYTES = 1_400
_START_CODE = re.compile(rb"\x00\x00\x00?\x01")


class Film(RtspCamera):
    """One camera that shows a film."""

    def __init__(self, pictures: list[list[bytes]], fps: int) -> None:
        super().__init__()
        self._pictures, self._fps = pictures, fps

    async def _play(self, transport: Transport) -> None:
        loop = asyncio.get_running_loop()
        sequences, began_s = itertools.count(), loop.time()
        for number in itertools.count():
            stamp = number * CLOCK_HZ // self._fps
            units = self._pictures[number % len(self._pictures)]
            data = bytearray()
            for unit in units:
                for packet in packets(unit, sequences, stamp, PACKET_BYTES, ends=unit is units[-1]):
                    data += b"$\0" + struct.pack(">H", len(packet)) + packet
            await transport.write(bytes(data))
            await asyncio.sleep(max(0.0, began_s + (number + 1) / self._fps - loop.time()))


async def main(folder: str, fps: str, count: str) -> None:
    """Serve until killed; the cameras start apart, as real ones do."""
    files = sorted(Path(folder).glob("*.h264"))
    pictures = [[unit for unit in _START_CODE.split(file.read_bytes()) if unit] for file in files]
    async with AsyncExitStack() as stack:
        where = []
        for number in range(int(count)):
            at = number * len(pictures) // int(count)
            film = Film(pictures[at:] + pictures[:at], int(fps))
            where.append(urlsplit(await stack.enter_async_context(listening(film, "tcp://127.0.0.1:0"))).port)
        sys.stdout.write(json.dumps(where) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
