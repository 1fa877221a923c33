"""Who stands before a kiosk, as far as a card or a code said: in memory, for a minute, never stored and never sent.

What is stored is that something was read. A person's own number of the day is found again by a keyed hash whose key
dies with the process (ADR 30).
"""

import asyncio
import base64
import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

import uuid_utils

from edge.errors import OutboxError
from edge.queue.desk import Issued, Queue
from edge.recorder import Recorder
from protocols.rules.codes import OURS, Code, recognise
from protocols.rules.identity import judge, masked_name
from protocols.rules.opening import SHANGHAI
from protocols.rules.presented import BadScan, Card, Presented, Scan, Unreadable

#: How long a page may show that somebody is there (the kiosk's privacy timeout).
SHOWN_S: Final = 60.0
#: People of one day whose number is found again; the oldest are forgotten.
MAX_HOLDERS: Final = 4_000
#: A pass is `YZ1` and base64url; its first bytes are the person's id (cloud/fairs/passes.py).
_PASS_HEAD: Final = 3
_PERSON_BYTES: Final = 16

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Visit:
    """What one read means for the page: `outcome` chooses its words, `name` is masked, `holder` is a keyed hash."""

    read: str
    outcome: str
    name: str
    code: str
    until_s: float
    holder: bytes = b""
    #: What the reader read, for as long as its holder may still sign in with it; it shows nowhere.
    card: Card | None = field(default=None, repr=False)

    @property
    def welcome(self) -> bool:
        """Whether a number can be taken with it."""
        return self.outcome in {"card", "code"}


class Visitors:
    """The newest visit of each kiosk page, and which numbers of today belong to whom came with a card or a pass."""

    def __init__(self, recorder: Recorder, queue: Queue) -> None:
        self._recorder = recorder
        self._queue = queue
        self._key = secrets.token_bytes(32)
        self._visits: dict[str, Visit] = {}
        self._numbers: dict[bytes, str] = {}
        self._day = ""
        self._watchers: list[Callable[[], None]] = []

    def watch(self, changed: Callable[[], None]) -> None:
        """Have `changed` called when a page has somebody new to greet."""
        self._watchers.append(changed)

    async def present(self, slot: str, shown: Presented, page: str) -> None:
        """Take what a reader of `slot` was shown: greet at `page`, and store that it happened."""
        match shown:
            case Card() | Unreadable():
                visit, name, data = self._card(shown)
            case Scan() | BadScan():
                visit, name, data = self._code(shown)
        self.forget_old()
        self._visits[page] = visit
        for changed in self._watchers:
            changed()
        try:
            await self._recorder.event(slot, "kiosk", name, {**data, "read": visit.read, "page": page}, "ops")
        except OutboxError as error:
            _log.debug("a read of %s was not stored: %s", slot, error)

    def shown(self, page: str) -> Visit | None:
        """Return who stands before a page, None when nobody showed anything within a minute."""
        self.forget_old()
        return self._visits.get(page)

    def number_of(self, visit: Visit) -> Issued | None:
        """Return the open number that this visitor took today with the same card or pass."""
        known = self._numbers.get(visit.holder) if visit.holder and self._day == self._queue.day else None
        return None if known is None else self._queue.find_open(known)

    def took(self, page: str, read: str, ticket: str) -> None:
        """Remember whose number this is, and let the visit be over."""
        visit = self.shown(page)
        if visit is None or visit.read != read:
            return
        del self._visits[page]
        if not visit.holder:
            return
        if self._day != self._queue.day:
            self._day = self._queue.day
            self._numbers.clear()
        self._numbers.pop(visit.holder, None)
        while len(self._numbers) >= MAX_HOLDERS:
            self._numbers.pop(next(iter(self._numbers)))
        self._numbers[visit.holder] = ticket

    def forget_card(self, page: str, read: str) -> None:
        """Drop what was read of a card: its holder is signed in; that he is there stays until the minute is over."""
        visit = self._visits.get(page)
        if visit is not None and visit.read == read:
            self._visits[page] = replace(visit, card=None)

    def leave(self, page: str, read: str) -> None:
        """Forget who came with a read, unless somebody else stands there by now."""
        visit = self._visits.get(page)
        if visit is not None and visit.read == read:
            del self._visits[page]

    def _card(self, card: Card | Unreadable) -> tuple[Visit, str, dict[str, Any]]:
        if isinstance(card, Unreadable):
            _log.info("a card could not be read: %s", card.text)
            return self._visit("unreadable"), "card.read", {"card": None, "outcome": "unreadable"}
        today = self._recorder.author.timekeeper.now().astimezone(SHANGHAI).date()
        outcome = judge(card, today)
        data = {"card": card.kind, "outcome": outcome}
        if outcome != "accepted":
            return self._visit(outcome), "card.read", data
        holder = self._hash(b"card", card.number.encode())
        return replace(self._visit("card", name=masked_name(card), holder=holder), card=card), "card.read", data

    def _code(self, scan: Scan | BadScan) -> tuple[Visit, str, dict[str, Any]]:
        if isinstance(scan, BadScan):
            return self._visit("bad_code"), "code.scanned", {"code": None, "outcome": scan.reason}
        code = recognise(scan.text)
        data = {"code": code.kind, "outcome": "taken", "ref": code.ref, "source": code.source}
        if code.kind not in OURS:
            return self._visit("foreign_code"), "code.scanned", data
        return self._visit("code", code=code.kind, holder=self._holder(code)), "code.scanned", data

    def _visit(self, outcome: str, *, name: str = "", code: str = "", holder: bytes = b"") -> Visit:
        until_s = asyncio.get_running_loop().time() + SHOWN_S
        return Visit(str(uuid_utils.uuid7()), outcome, name, code, until_s, holder)

    def _holder(self, code: Code) -> bytes:
        """Return the hash of a pass's person. That it is genuine nobody here knows: it finds a number, no more."""
        if code.kind != "pass":
            return b""
        return self._hash(b"pass", base64.urlsafe_b64decode(code.text[_PASS_HEAD:])[:_PERSON_BYTES])

    def _hash(self, kind: bytes, secret: bytes) -> bytes:
        return hmac.new(self._key, kind + b":" + secret, hashlib.sha256).digest()

    def forget_old(self) -> None:
        """Drop the visits whose minute is over."""
        now_s = asyncio.get_running_loop().time()
        self._visits = {page: visit for page, visit in self._visits.items() if visit.until_s > now_s}
