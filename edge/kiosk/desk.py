"""Who is signed in at each kiosk: in memory, for a minute after his last touch, here and at the cloud (ADR 47)."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import uuid_utils

from edge.errors import KioskRefused
from edge.kiosk.cloud import KioskCloud, SignedIn
from edge.visitors import Visitors
from protocols.rules.presented import Card

#: The privacy timeout: nobody touched the page for so long.
IDLE_S: Final = 60.0
#: However busy somebody is.
LONGEST_S: Final = 30 * 60.0
#: The cloud hears of touches at least this often: it ends an unused session by itself after IDLE_S.
TOUCH_EVERY_S: Final = 20.0
SWEEP_S: Final = 1.0
#: Kinds of cards whose number the cloud checks (GB 11643); the holders of others register at the counter.
_CARDS: Final = frozenset({"resident", "hmt", "foreigner_2023"})

Way = Literal["card", "code", "face"]

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Session:
    """One person's use of one kiosk; without the cloud `person`, `name` and `secret` are empty, and so they stay."""

    id: str
    way: Way
    began_s: float
    touched_s: float
    told_s: float
    person: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    #: The read of the card that it began with.
    read: str = ""
    #: The id of the consent to faces that is in force, empty without one.
    face_consent: str = ""
    slips: set[str] = field(default_factory=set)

    def is_over(self, now_s: float) -> bool:
        """Return whether its time has passed."""
        return now_s - self.touched_s >= IDLE_S or now_s - self.began_s >= LONGEST_S


class KioskDesk:
    """The sessions of all kiosks; a page sees `document`, never a secret."""

    def __init__(self, kiosks: Iterable[str], cloud: KioskCloud, visitors: Visitors) -> None:
        self.cloud = cloud
        self._visitors = visitors
        self._sessions: dict[str, Session] = {}
        self._turns = {slot: asyncio.Lock() for slot in kiosks}
        self._watchers: list[Callable[[str], None]] = []

    def watch(self, changed: Callable[[str], None]) -> None:
        """Have `changed` called with a kiosk whose session began, changed or ended."""
        self._watchers.append(changed)

    def session(self, slot: str) -> Session | None:
        """Return who is signed in at a kiosk."""
        found = self._sessions.get(slot)
        return None if found is None or found.is_over(_now_s()) else found

    def require(self, slot: str) -> Session:
        """Return who is signed in; KioskRefused when nobody is."""
        found = self.session(slot)
        if found is None:
            raise KioskRefused("nobody")
        return found

    def person(self, slot: str) -> str:
        """Return who is signed in at the cloud too, empty for nobody."""
        found = self.session(slot)
        return found.person if found else ""

    def document(self, slot: str) -> dict[str, Any]:
        """Return what the page shows of the session; the name is the cloud's masked one."""
        found = self.session(slot)
        ways = self.cloud.has_token(slot)
        if found is None:
            return {"signed": False, "cloud": ways}
        return {
            "signed": True, "id": found.id, "way": found.way, "name": found.name, "online": bool(found.secret),
            "face": bool(found.face_consent), "cloud": ways,
        }  # fmt: skip

    async def by_card(self, slot: str, read: str, consents: list[str]) -> None:
        """Sign in who laid his card down: its name and number go to the cloud for this and are forgotten here."""
        visit = self._visitors.shown(slot)
        if visit is None or visit.read != read or visit.card is None:
            raise KioskRefused("card_gone")
        if visit.card.kind not in _CARDS:
            raise KioskRefused("card_at_counter")
        card = _card_body(visit.card)
        await self._begin(slot, "card", lambda: self.cloud.by_card(slot, card, consents))
        self._visitors.forget_card(slot, read)
        self.require(slot).read = read

    async def by_code(self, slot: str, phone: str, code: str, consents: list[str]) -> None:
        """Sign in who typed the code that his phone got; impossible without the cloud."""
        await self._begin(slot, "code", lambda: self.cloud.by_code(slot, phone, code, consents), needs_cloud=True)

    async def by_face(self, slot: str, person: str) -> None:
        """Sign in whom the station recognised and who confirmed it."""
        await self._begin(slot, "face", lambda: self.cloud.by_face(slot, person))

    async def stay(self, slot: str) -> None:
        """Note that the page was touched; the cloud is told now and then."""
        found, now_s = self.session(slot), _now_s()
        if found is None:
            return
        found.touched_s = now_s
        if found.secret and now_s - found.told_s >= TOUCH_EVERY_S:
            found.told_s = now_s
            try:
                await self.cloud.self_of(slot, found.secret)
            except KioskRefused as error:
                if error.reason == "not_signed_in":
                    await self.end(slot)

    async def end(self, slot: str) -> None:
        """Forget who was there, and have the cloud forget it."""
        found = self._sessions.pop(slot, None)
        if found is None:
            return
        self._visitors.leave(slot, found.read)
        self._changed(slot)
        if found.secret:
            try:
                await self.cloud.end(slot)
            except KioskRefused as error:  # it ends there by itself within a minute
                _log.info("the session at %s was not ended at the cloud: %s", slot, error.reason)

    async def agree_to_face(self, slot: str) -> str:
        """Note the consent to faces of who is signed in; return its id."""
        found = self._online(slot)
        self._take(slot, found, await self.cloud.agree(slot, found.secret, "face"))
        return found.face_consent

    async def withdraw_face(self, slot: str) -> None:
        """Withdraw the consent to faces of who is signed in."""
        found = self._online(slot)
        await self.cloud.withdraw_face(slot, found.secret)
        found.face_consent = ""
        self._changed(slot)

    async def run(self) -> None:
        """End sessions whose time has passed, for ever."""
        try:
            while True:
                await asyncio.sleep(SWEEP_S)
                now_s = _now_s()
                self._visitors.forget_old()
                for slot in [slot for slot, one in self._sessions.items() if one.is_over(now_s)]:
                    await self.end(slot)
        finally:
            await self.cloud.close()

    async def _begin(self, slot: str, way: Way, ask: Callable[[], Any], *, needs_cloud: bool = False) -> None:
        async with self._turns[slot]:  # a second tap waits for the first
            await self.end(slot)  # whoever was there has gone, whatever becomes of the next one
            try:
                opened: SignedIn | None = await ask()
            except KioskRefused as error:
                if error.reason not in {"away", "not_set_up"} or needs_cloud:
                    raise
                opened = None
            now_s = _now_s()
            found = Session(str(uuid_utils.uuid7()), way, now_s, now_s, now_s)
            if opened is not None:
                found.person, found.secret = opened.person, opened.secret
                try:
                    self._read(found, await self.cloud.self_of(slot, opened.secret))
                except KioskRefused as error:
                    _log.info("who signed in at %s is greeted without a name: %s", slot, error.reason)
            self._sessions[slot] = found
        self._changed(slot)

    def _online(self, slot: str) -> Session:
        found = self.require(slot)
        if not found.secret:
            raise KioskRefused("away")
        return found

    def _take(self, slot: str, found: Session, document: Mapping[str, Any]) -> None:
        self._read(found, document)
        self._changed(slot)

    @staticmethod
    def _read(found: Session, document: Mapping[str, Any]) -> None:
        """Take the masked name and the consent from a record."""
        person = document["person"]
        found.name = str(person["name"] or person["phone"] or "")
        mine = [one for one in document["consents"] if one["purpose"] == "face" and one["withdrawn_at"] is None]
        # A cloud of before gave consents no id: its text and time name it as well.
        found.face_consent = next((str(one.get("id") or f"{one['version']} {one['at']}") for one in mine), "")

    def _changed(self, slot: str) -> None:
        for changed in self._watchers:
            changed(slot)


def _card_body(card: Card) -> dict[str, str]:
    return {"name": card.name or card.english_name, "id_number": card.number, "address": card.address}


def _now_s() -> float:
    return asyncio.get_running_loop().time()
