"""What comes over the core's one connection and was not read yet: the socket's reader in place of the library's."""

import asyncio
import io
from collections.abc import Sequence
from typing import Any, Final

import aiomqtt

from cloud.ingest.packets import PUBACK, PUBLISH, Publish, confirmed_id, cut, puback, read_publish, retained
from cloud.platform.errors import LinkDownError
from cloud.platform.metrics import Metrics

#: Publishes with QoS 1 that the broker may have with us unconfirmed.
RECEIVE_MAXIMUM: Final = 64
#: Messages that wait to be read, live values with QoS 0 among them, before the socket is left alone.
ROOM: Final = 4 * RECEIVE_MAXIMUM
#: Bytes taken from the socket at once.
CHUNK_BYTES: Final = 128 * 1024


class Inbox:
    """What has come over one connection and was not read yet, in order; in place of the library's reader and queue.

    That queue is either unbounded or drops messages, and that reader costs more than storing a message does. Whatever
    is no PUBLISH is handed to the library byte by byte as it came. The Receive Maximum bounds this queue, if the broker
    honours it (mosquitto 2.0.11 forgets it at the first PUBACK that finds messages queued); above ROOM the socket is
    left alone until half of it is read, so that TCP holds the broker back. A broker that is held back for longer than
    the keep-alive loses us, and stations send again what it had for us.
    """

    def __init__(self, client: aiomqtt.Client, metrics: Metrics) -> None:
        self._client = client
        self._paho = client._client  # noqa: SLF001 - the library has no door for manual confirmation
        self._metrics = metrics
        self._queue: asyncio.Queue[Publish | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._held: int | None = None
        self._receive = self._paho._sock_recv  # noqa: SLF001 - nor for another reader
        self._rest = b""
        self._handed = io.BytesIO()
        self._ended = False
        self._failure: OSError | None = None
        self._lost = False
        self._why: BaseException | None = None
        self._confirmed: list[int] = []
        #: What we published past the library and the broker has not confirmed yet.
        self._posted: set[int] = set()
        client._disconnected.add_done_callback(self._end)  # noqa: SLF001 - ends the reader

    def open(self) -> None:
        """Read the socket in place of the library, from a moment on when nothing but answers can have come."""
        self._paho.manual_ack_set(on=True)
        setattr(self._paho, "_sock_recv", self._hand_out)  # noqa: B010 - a method of an object we did not make
        self._read_on()

    async def get(self) -> Publish | None:
        """Return the next message, None to look whether to go on; LinkDownError at the end."""
        message = await self._queue.get()
        if message is None and self._lost:
            raise LinkDownError("the broker has gone") from self._why
        if self._held is not None and self._queue.qsize() <= ROOM // 2:
            self._let_go()
        return message

    def wake(self) -> None:
        """Let the reader look whether it shall go on."""
        self._queue.put_nowait(None)

    def confirm(self, packet_id: int) -> None:
        """Tell the broker that a message is dealt with; those confirmed together go out together."""
        if not self._confirmed:
            self._loop.call_soon(self._send_confirmed)
        self._confirmed.append(packet_id)

    def post(self, documents: Sequence[tuple[str, bytes]]) -> None:
        """Write retained documents as one; the library makes a future, a lock and a queue entry for each."""
        packets = bytearray()
        for topic, payload in documents:
            packet_id = self._paho._mid_generate()  # noqa: SLF001 - one sequence of numbers for both of us
            self._posted.add(packet_id)
            packets += retained(topic, payload, packet_id)
        self._write(packets)

    def _send_confirmed(self) -> None:
        self._write(b"".join(puback(packet_id) for packet_id in self._confirmed))
        self._confirmed.clear()

    def _write(self, packets: bytes | bytearray) -> None:
        """Let the library send packets as one, under the name of one that it forgets when it is sent."""
        if packets and self._paho.socket() is not None:
            self._paho._packet_queue(PUBACK, packets, 0, 1)  # noqa: SLF001 - no door for what is packed already

    def _end(self, disconnected: asyncio.Future[None]) -> None:
        self._why = None if disconnected.cancelled() else disconnected.exception()
        self._lost = True
        self._queue.put_nowait(None)

    def _read_on(self) -> None:
        sock = self._paho.socket()
        if sock is not None:
            self._loop.add_reader(sock.fileno(), self._read_socket)

    def _hold(self) -> None:
        sock = self._paho.socket()
        if sock is not None:
            self._held = sock.fileno()
            self._loop.remove_reader(self._held)
            self._metrics.held_back.inc()

    def _let_go(self) -> None:
        """Read the socket again, unless the connection has ended meanwhile and its number is another's."""
        held, self._held = self._held, None
        sock = self._paho.socket()
        if held is not None and sock is not None and sock.fileno() == held:
            self._read_on()
            # What TLS has decrypted already makes no socket readable.
            self._loop.call_soon(self._read_socket)

    def _read_socket(self) -> None:
        try:
            while self._held is None and self._read_some():
                pass
        except Exception as error:  # noqa: BLE001 - as the library's own reader: whatever it is, the connection ends
            if not self._client._disconnected.done():  # noqa: SLF001
                self._client._disconnected.set_exception(error)  # noqa: SLF001

    def _read_some(self) -> bool:
        """Take what one call of the socket gives; return whether TLS has more of it decrypted."""
        try:
            received = self._receive(CHUNK_BYTES)
        except BlockingIOError:
            return False
        except OSError as error:
            received, self._failure = b"", error
        if not received:
            self._ended = True
            self._hand_over(received)
            return False
        stream = self._rest + received if self._rest else received
        at = 0
        for start, body, end in cut(stream):
            if stream[start] & 0xF0 == PUBLISH:
                self._queue.put_nowait(read_publish(stream, start, body, end))
            elif stream[start] & 0xF0 == PUBACK and confirmed_id(stream, body) in self._posted:
                self._posted.remove(confirmed_id(stream, body))
            else:
                self._hand_over(stream[start:end])
            at = end
        self._rest = stream[at:]
        if self._queue.qsize() >= ROOM:
            self._hold()
        sock: Any = self._paho.socket()
        return bool(hasattr(sock, "pending") and sock.pending())

    def _hand_over(self, packet: bytes) -> None:
        """Let the library read a packet, or the end of the stream."""
        self._handed = io.BytesIO(packet)
        self._paho.loop_read()

    def _hand_out(self, size: int) -> bytes:
        """Stand in for the socket that the library reads."""
        if self._failure is not None:
            raise self._failure
        part = self._handed.read(size)
        if not part and not self._ended:
            raise BlockingIOError
        return part
