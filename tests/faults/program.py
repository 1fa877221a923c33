"""One of our programs under watch: `python -m tests.faults.program FOLDER WORDS…` runs `yizhan WORDS…`.

What it did is written down outside its own state, by `write` on an open file: a killed process loses nothing of it.
`put.log` has a line for every event whose put() returned, `effect.log` one for every command that took effect, and the
eight bytes of `offset` are by how many milliseconds its wall clock is wrong, now.
"""

import json
import mmap
import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from provisioning.clock import SystemClock

PUT_LOG: Final = "put.log"
EFFECT_LOG: Final = "effect.log"
OFFSET: Final = "offset"
OFFSET_BYTES: Final = 8


def digest(event: dict[str, Any]) -> str:
    """Return a digest of what must not change between put and store."""
    kept = {name: value for name, value in event.items() if name not in {"seq", "replay"}}
    return blake2b(json.dumps(kept, sort_keys=True, ensure_ascii=False).encode(), digest_size=12).hexdigest()


def set_offset(folder: Path, offset_s: float) -> None:
    """Put the clock of the program that is watched in `folder` wrong, or right again."""
    number = round(offset_s * 1000).to_bytes(OFFSET_BYTES, "little", signed=True)
    file = folder / OFFSET
    with file.open("r+b" if file.exists() else "w+b") as writer:
        writer.write(number)


def bend_clock(folder: Path) -> None:
    """Have the system's clock of this process be wrong by what the file says."""
    with (folder / OFFSET).open("rb") as file:
        shared = mmap.mmap(file.fileno(), OFFSET_BYTES, prot=mmap.PROT_READ)

    def now(_clock: SystemClock) -> datetime:
        return datetime.now(UTC) + timedelta(milliseconds=int.from_bytes(shared[:], "little", signed=True))

    SystemClock.now = now  # type: ignore[method-assign, assignment]


def watch_puts(folder: Path) -> None:
    """Write down every event that the outbox has taken: monotonic time, store, stream, seq, id, digest."""
    from edge.outbox import Outbox  # noqa: PLC0415 - the core has none
    from protocols.venue.vocabulary import Stream  # noqa: PLC0415

    log = _open_log(folder / PUT_LOG)
    put_many = Outbox.put_many

    async def recorded(outbox: Outbox, stream: Stream, texts: Sequence[str]) -> range:
        seqs = await put_many(outbox, stream, texts)
        now, store = time.monotonic(), outbox.store
        lines = []
        for seq, text in zip(seqs, texts, strict=True):
            event = json.loads(text)
            lines.append(f"{now:.3f} {store} {stream} {seq} {event['id']} {digest(event)}\n")
        os.write(log, "".join(lines).encode())
        return seqs

    Outbox.put_many = recorded  # type: ignore[method-assign, assignment]


def watch_effects(folder: Path) -> None:
    """Write down every strike of the probe; its `hold_s` names the command."""
    from devices.driver import Host, Json  # noqa: PLC0415
    from devices.drivers.probe import ProbeDriver  # noqa: PLC0415

    log = _open_log(folder / EFFECT_LOG)
    command = ProbeDriver.command

    async def recorded(driver: ProbeDriver, name: str, args: Json, host: Host) -> Json:
        if name == "strike":
            os.write(log, f"{time.monotonic():.3f} {args.get('hold_s')!r}\n".encode())
        return await command(driver, name, args, host)

    ProbeDriver.command = recorded  # type: ignore[method-assign, assignment]


def _open_log(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def main(words: list[str]) -> int:
    """Run a program of the product under watch."""
    import yizhan  # noqa: PLC0415 - after the package's own imports are known to work

    folder = Path(words[0])
    bend_clock(folder)
    if words[1] == "edge":
        watch_puts(folder)
        watch_effects(folder)
    return yizhan.main(words[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
