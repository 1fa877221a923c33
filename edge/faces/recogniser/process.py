"""The process: opens what it was told to, and hands requests from the pipe to who answers them.

A thread reads the pipe, another the camera; both hand over through a bounded place. What the process cannot do without
(pack, gallery, a pipe that carries requests) ends it with an exit code and a word; a camera that is away does not.
"""

import os
import queue
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Literal

from edge.errors import EdgeError
from edge.faces.pipe import Bodies, Failed, Open, PipeError, Ready, Reply, request_of, to_bytes
from edge.faces.recogniser.answering import Inbox, Recogniser, short
from edge.faces.recogniser.challenge import SIDES
from edge.faces.recogniser.looks import Room
from edge.faces.recogniser.source import Source, is_film
from edge.faces.terms import Vault
from provisioning.errors import PackError
from provisioning.facepack.measured import rate_at

if TYPE_CHECKING:
    from io import FileIO

    from provisioning.facepack.models import Models

#: Requests that wait; the agent asks one thing at a time, and a list of 20,000 ids has 20 pieces.
MAX_WAITING: Final = 64
_READ_BYTES: Final = 64 * 1024
#: The agent's loop comes first: a frame more or less in a second is seen by nobody.
_NICE: Final = 5

EXIT_OK: Final = 0
EXIT_PIPE: Final = 2
EXIT_OPEN: Final = 3


def main() -> int:
    """Speak over stdin and stdout until stdin ends; returns the exit code."""
    replies = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what a library prints is no message
    inbox: Inbox = queue.Queue(MAX_WAITING)
    threading.Thread(target=take_in, args=(sys.stdin.buffer, inbox), name="pipe", daemon=True).start()
    os.nice(_NICE)
    try:
        return work(inbox, lambda reply: send(replies, reply))
    except PipeError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_PIPE
    except BrokenPipeError:  # the agent is gone
        return EXIT_OK


def work(inbox: Inbox, say: Callable[[Reply], None]) -> int:
    """Open what the first request names, and answer those that follow."""
    first = inbox.get()
    if first == "end":
        return EXIT_OK
    if not isinstance(first, Open):
        raise first if isinstance(first, PipeError) else PipeError("the first request must be open")
    try:
        room, ready = opened(first)
    except PackError as error:
        return _closed(say, "pack", "settings", error)
    except EdgeError as error:
        return _closed(say, "gallery", "failed", error)
    source = Source(first.source)
    source.start()
    try:
        Recogniser(room, source, ready, say).run(inbox)
    finally:
        source.stop()
    return EXIT_OK


def opened(asked: Open) -> tuple[Room, Callable[[], Ready]]:
    """Load the pack and open the gallery; PackError, or EdgeError for the gallery."""
    import cv2  # noqa: PLC0415 - only in this process

    from edge.faces.gallery.gallery import Limits, StationGallery  # noqa: PLC0415 - after the words of the pipe are known
    from edge.faces.recogniser.passive import PassiveRefused, open_passive  # noqa: PLC0415
    from provisioning.facepack.models import Models  # noqa: PLC0415

    cv2.setNumThreads(1)
    models = Models.open(Path(asked.pack))
    try:
        passive = open_passive(asked.passive) if asked.passive else None
    except PassiveRefused as error:
        raise PackError(str(error)) from error
    vault = Vault(Path(asked.gallery), Path(asked.key_file), Path(asked.state), asked.station)
    limits = Limits(asked.threshold, asked.margin)
    gallery = StationGallery.open(vault, models.model, models.dimension, limits)
    # A film cannot react to an order that it does not know.
    order = SIDES if is_film(asked.source) else None
    room = Room(models, gallery, models.pack.fmr, passive, asked.threshold, order=order)
    return room, lambda: ready_of(room, models)


def ready_of(room: Room, models: "Models") -> Ready:
    """Return what the process sees with, and how many people it knows."""
    from provisioning.facepack.verify import licence_of  # noqa: PLC0415 - see `opened`

    return Ready(
        model=models.model, people=len(room.gallery.ids()), other_model=len(room.gallery.missing()),
        fmr=rate_at(room.fmr, room.threshold),
        impostor_pairs=0 if room.fmr is None else room.fmr.impostor_pairs, licence=licence_of(models.pack.path),
        liveness="challenge" if room.passive is None else "passive",
    )  # fmt: skip


def take_in(stream: BinaryIO, inbox: Inbox) -> None:
    """Put requests into the inbox as they come, then how the pipe ended; waits while the inbox is full."""
    bodies = Bodies()
    try:
        while data := os.read(stream.fileno(), _READ_BYTES):
            for body in bodies.feed(data):
                inbox.put(request_of(body))
    except PipeError as error:
        inbox.put(error)
    except OSError:
        inbox.put("end")
    else:
        inbox.put("end")


def send(stream: "FileIO", reply: Reply) -> None:
    """Write a reply wholly."""
    data = memoryview(to_bytes(reply))
    while data:
        data = data[stream.write(data) or 0 :]


def _closed(say: Callable[[Reply], None], what: Literal["pack", "gallery"], fault: str, error: Exception) -> int:
    say(Failed(what=what, fault=fault, text=short(error)))
    return EXIT_OPEN
