"""The list of who may be kept here (`{station}/gallery`, D24): first who must go, then who may stay, then a receipt.

Nobody is added by a list: templates are made here alone. Who was enrolled and is in no list for a day is erased too.
"""

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

import aiohttp
import uuid_utils

from devices.transports.tls import trust_for
from edge.errors import EdgeError, OutboxError, StateDamaged
from edge.faces import pipe
from edge.faces.child import Child, ChildAway
from edge.recorder import Recorder
from edge.statefile import read_object, write_durably
from protocols.errors import DocumentError
from protocols.venue.gallery import MAX_LISTED, MAX_PERSON, GalleryList
from protocols.venue.ids import AGENT
from protocols.venue.timestamps import format_time, parse_time

FOLLOWED: Final = "followed.json"
#: Who was enrolled here is kept for this long without the cloud's saying so.
UNNAMED: Final = timedelta(hours=24)
#: Who is enrolled and in no list yet; a kiosk enrols about thirty an hour.
MAX_YOUNG: Final = 2_000
RETRY_S: Final = 10.0
MAX_RETRY_S: Final = 300.0
#: Who was enrolled without a consent is looked for this often.
LOOK_S: Final = 60.0
FETCH_TIMEOUT: Final = aiohttp.ClientTimeout(total=60.0, connect=5.0)
MAX_FETCHED_BYTES: Final = MAX_LISTED * (MAX_PERSON + 4) + 2
#: What the receipt of an erasure names as its command.
COMMAND: Final = "gallery"
#: People of whom the pages are told that they are gone.
MAX_GONE_KEPT: Final = 1_000

_log = logging.getLogger(__name__)


class ListAway(EdgeError):  # noqa: N818 - the state is the message
    """A long list could not be fetched, or is not the one that was announced."""


class Following:
    """Has every recogniser of the station follow the newest list, until all of them have."""

    def __init__(
        self, folder: Path, base: str, recorder: Recorder, children: Mapping[str, Child], now: Callable[[], datetime]
    ) -> None:
        self._file, self._base = folder / FOLLOWED, base.rstrip("/")
        self._recorder, self._children, self._now = recorder, children, now
        self._wanted: GalleryList | None = None
        self._people: list[str] | None = None
        self._woken = asyncio.Event()
        self._rev, self._models, self._young = self._read()
        #: Who is gone since the start.
        self.gone: dict[str, None] = {}

    @property
    def rev(self) -> int:
        """The revision that all recognisers follow."""
        return self._rev

    def take(self, payload: bytes) -> None:
        """Take the document; DocumentError when it is none, or an older one."""
        document = GalleryList.from_bytes(payload)
        newest = max(self._rev, self._wanted.rev if self._wanted else 0)
        if document.rev < newest:
            raise DocumentError(f"gallery revision {document.rev} after {newest}")
        if self._wanted is None or document.rev > self._wanted.rev:
            self._wanted, self._people = document, document.ids
            self._woken.set()

    def wake(self) -> None:
        """Look again: a recogniser has come."""
        self._woken.set()

    def enrolled(self, person: str) -> None:
        """Keep somebody for a day although no list names him yet; durable on return."""
        if person not in self._young and len(self._young) >= MAX_YOUNG:
            raise OutboxError(f"{MAX_YOUNG} people were enrolled whom the cloud does not know")
        self.gone.pop(person, None)
        self._young[person] = format_time(self._now())
        self._keep()

    async def run(self) -> None:
        """Follow, for ever."""
        retry_s = RETRY_S
        while True:
            self._woken.clear()
            wait_s = LOOK_S
            try:
                await self._expire()
                await self._follow()
                retry_s = RETRY_S
            except (ChildAway, ListAway, OutboxError, OSError) as error:
                _log.info("the list of faces is not followed yet: %s", error)
                wait_s, retry_s = retry_s, min(retry_s * 2, MAX_RETRY_S)
            try:
                async with asyncio.timeout(wait_s):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _follow(self) -> None:
        wanted = self._wanted
        # A recogniser whose camera is away works with the pack that it had.
        models = {slot: child.model or self._models.get(slot, "") for slot, child in self._children.items()}
        if wanted is None or (wanted.rev == self._rev and models == self._models):
            return
        gone = [one.id for one in wanted.gone]
        failed: ChildAway | None = None
        before: dict[str, int] = {}
        for slot, child in self._children.items():  # first of all, and whatever becomes of the rest
            try:
                before[slot] = await _count(child)
                await self._erase(child, gone, f"{COMMAND}:{wanted.rev}")
            except ChildAway as error:
                failed = error
        if failed is not None:
            raise failed
        people = self._people = self._people if self._people is not None else await self._fetch(wanted)
        for person in {*people, *gone} & self._young.keys():
            del self._young[person]
        keep = list(dict.fromkeys((*people, *self._young)))
        told = [await self._keep_only(child, wanted.rev, keep) for child in self._children.values()]
        erased = sum([max(0, before[slot] - await _count(child)) for slot, child in self._children.items()])
        data = {
            "rev": wanted.rev, "count": max(one.count for one in told), "missing": min(one.missing for one in told),
            "erased": erased,
        }  # fmt: skip
        await self._recorder.event(AGENT, "agent", "gallery.applied", data, "evidence")
        self._rev, self._models = wanted.rev, models
        self._keep()

    async def _erase(self, child: Child, people: Sequence[str], key: str) -> None:
        """Erase people at one recogniser, with a receipt that names each of them; ChildAway while some are left."""
        left = 0
        for number, some in enumerate(_pieces(people, pipe.MAX_ERASED)):
            answer = await child.ask(pipe.Erase(ask=_ask(), persons=some), pipe.Erased)
            stay = set(answer.left)
            erased = [one for one in some if one not in stay]
            receipt = {"command": COMMAND, "terminal": child.slot, "erased": erased, "left": sorted(stay)}
            once = f"{key}:{number}:{len(stay)}"
            await self._recorder.event_once(once, child.slot, "face", "people.erased", receipt, "evidence")
            self._note_gone(erased)
            left += len(stay)
        if left:
            raise ChildAway(f"the recogniser of {child.slot} could not erase {left} people")

    async def _keep_only(self, child: Child, rev: int, keep: Sequence[str]) -> pipe.Followed:
        """Have everybody else be erased; returns the answer to the last piece."""
        ask, pieces = _ask(), list(_pieces(keep, pipe.MAX_IDS)) or [[]]
        for piece in pieces[:-1]:
            await child.send(pipe.Follow(ask=ask, rev=rev, keep=piece, last=False))
        return await child.ask(pipe.Follow(ask=ask, rev=rev, keep=pieces[-1]), pipe.Followed)

    async def _expire(self) -> None:
        """Erase who was enrolled a day ago and is in no list: nobody knows of a consent."""
        now = self._now()
        over = [person for person, at in self._young.items() if now - parse_time(at) >= UNNAMED]
        if not over:
            return
        digest = hashlib.sha256("\n".join(sorted(over)).encode()).hexdigest()[:16]
        for child in self._children.values():
            await self._erase(child, over, f"unnamed:{digest}:{format_time(now)[:10]}")
        for person in over:
            self._young.pop(person, None)
        self._keep()

    async def _fetch(self, wanted: GalleryList) -> list[str]:
        """Return the ids that a long list announces; ListAway."""
        url = urljoin(f"{self._base}/", wanted.url or "")
        if not self._base or not url.startswith(f"{self._base}/"):
            raise ListAway("the list is not at the cloud's own address")
        line = aiohttp.TCPConnector(ssl=trust_for(url))
        try:
            async with (
                aiohttp.ClientSession(connector=line, timeout=FETCH_TIMEOUT) as http,
                http.get(url, allow_redirects=False, raise_for_status=True) as answer,
            ):
                body = bytearray()
                async for piece in answer.content.iter_chunked(64 * 1024):
                    body += piece
                    if len(body) > MAX_FETCHED_BYTES:
                        raise ListAway(f"the list is longer than {MAX_FETCHED_BYTES} bytes")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ListAway(f"the list cannot be fetched: {type(error).__name__}") from error
        return await asyncio.to_thread(_listed, bytes(body), wanted)

    def _note_gone(self, people: Collection[str]) -> None:
        for person in people:
            self.gone[person] = None
            self._young.pop(person, None)
        while len(self.gone) > MAX_GONE_KEPT:
            del self.gone[next(iter(self.gone))]

    def _keep(self) -> None:
        self._file.parent.mkdir(exist_ok=True)
        state = {"rev": self._rev, "models": self._models, "young": self._young}
        write_durably(self._file, json.dumps(state).encode())

    def _read(self) -> tuple[int, dict[str, str], dict[str, str]]:
        try:
            state: dict[str, Any] = read_object(self._file)
            young = {str(person): str(at) for person, at in state.get("young", {}).items() if parse_time(str(at))}
            return int(state.get("rev", 0)), dict(state.get("models", {})), young
        except (StateDamaged, ValueError, TypeError, AttributeError, DocumentError) as error:
            _log.warning("which list of faces is followed is not known: %s", error)
            return 0, {}, {}


def _listed(body: bytes, wanted: GalleryList) -> list[str]:
    """Return the ids in a fetched list; ListAway when it is not the announced one."""
    if hashlib.sha256(body).hexdigest() != wanted.sha256:
        raise ListAway("the list has another hash than announced")
    try:
        found = json.loads(body)
    except ValueError as error:
        raise ListAway("the list is no JSON") from error
    good = isinstance(found, list) and all(isinstance(one, str) and 0 < len(one) <= MAX_PERSON for one in found)
    if not good or len(found) != wanted.count:
        raise ListAway("the list is not as announced")
    return [str(one) for one in found]


def _pieces(people: Sequence[str], size: int) -> Iterator[list[str]]:
    return (list(people[start : start + size]) for start in range(0, len(people), size))


async def _count(child: Child) -> int:
    return (await child.ask(pipe.Count(ask=_ask()), pipe.Counted)).people


def _ask() -> str:
    return str(uuid_utils.uuid7())
