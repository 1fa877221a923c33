"""The PIN of the hall's counter page, checked against what the cloud's board carries; works without a line."""

import base64
import hashlib
import hmac
import secrets
import time
from collections import deque
from typing import Final

from protocols.venue.queue import Pin

#: scrypt as RFC 7914 suggests for a login; about 50 ms here.
N: Final = 2**14
R: Final = 8
P: Final = 1
#: Wrong PINs of the whole station in a minute; then everybody waits.
MAX_TRIES: Final = 5
WINDOW_S: Final = 60.0
#: A login ends with the shift.
SESSION_S: Final = 12 * 3600.0
MAX_SESSIONS: Final = 64


class Doors:
    """Who may use the counter page: sessions in memory, so a restart asks for the PIN again."""

    def __init__(self) -> None:
        self._tries: deque[float] = deque(maxlen=MAX_TRIES)
        self._sessions: dict[str, float] = {}

    def is_shut(self) -> bool:
        """Return whether too many wrong PINs came lately."""
        return len(self._tries) == MAX_TRIES and time.monotonic() - self._tries[0] < WINDOW_S

    def enter(self, pin: Pin | None, given: str) -> str | None:
        """Return a new session for the right PIN, None for a wrong one; blocks for the time that a hash takes."""
        if pin is None or not _fits(pin, given):
            self._tries.append(time.monotonic())
            return None
        self._sessions = {name: ends for name, ends in self._sessions.items() if ends > time.monotonic()}
        while len(self._sessions) >= MAX_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        name = secrets.token_urlsafe(24)
        self._sessions[name] = time.monotonic() + SESSION_S
        return name

    def knows(self, name: str) -> bool:
        """Return whether a session is in force."""
        return self._sessions.get(name, 0.0) > time.monotonic()


def _fits(pin: Pin, given: str) -> bool:
    try:
        salt, wanted = base64.b64decode(pin.salt), base64.b64decode(pin.hash)
    except ValueError:
        return False
    found = hashlib.scrypt(given.encode(), salt=salt, n=N, r=R, p=P, dklen=len(wanted) or 32)
    return hmac.compare_digest(found, wanted)
