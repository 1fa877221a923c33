"""Pictures of documents on this machine's disk: named by their hash, few, and gone after some hours."""

import hashlib
import os
import re
from pathlib import Path
from typing import Final

#: Pictures kept at a time; the oldest go.
MAX_KEPT: Final = 40
SUFFIX: Final = ".jpg"
_NAME: Final = re.compile(r"[0-9a-f]{64}")


class DocumentStore:
    """A folder of pictures, each `<sha256>.jpg`, readable by the agent's account alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, picture: bytes) -> str:
        """Store a picture, durable on return, and return its SHA-256 in hex."""
        name = hashlib.sha256(picture).hexdigest()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        making = self.folder / f".{name}"
        with os.fdopen(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(picture)
            file.flush()
            os.fsync(file.fileno())
        making.replace(self.folder / f"{name}{SUFFIX}")
        return name

    def discard(self, name: str) -> bool:
        """Remove one picture; False when it is not there."""
        path = self.folder / f"{name}{SUFFIX}"
        known = _NAME.fullmatch(name) is not None and path.exists()
        if known:
            path.unlink(missing_ok=True)
        return known

    def sweep(self, keep_s: float) -> int:
        """Remove pictures older than `keep_s` and all but the newest MAX_KEPT, return how many stay.

        Ages are taken by the file system's own clock: a driver has none, and one that was stepped would keep for ever.
        """
        if not self.folder.exists():
            return 0
        now_s = self._now_s()
        found = sorted(((path.stat().st_mtime, path) for path in self.folder.glob(f"*{SUFFIX}")), reverse=True)
        stay = [path for at_s, path in found[:MAX_KEPT] if abs(now_s - at_s) <= keep_s]
        for _, path in found:
            if path not in stay:
                path.unlink(missing_ok=True)
        return len(stay)

    def _now_s(self) -> float:
        probe = self.folder / ".now"
        probe.touch()
        now_s = probe.stat().st_mtime
        for half_made in self.folder.glob(".*"):  # of a capture that a power cut ended
            half_made.unlink(missing_ok=True)
        return now_s
