"""The agent's only door to faces: a recogniser per camera, the list that it follows, the tries of the pages.

It has no numpy and no picture: what looks is a process of its own (ADR 48).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from devices.driver import FacesSeen
from devices.transport import parse_address
from edge.errors import KioskRefused, OutboxError
from edge.faces import pipe
from edge.faces.child import Child, OfLook
from edge.faces.following import Following
from edge.faces.tries import Tries, Ways
from edge.recorder import Recorder
from firmware_profiles.errors import ProfileError
from firmware_profiles.registry import profile
from provisioning.site import Slot

DRIVER: Final = "face-camera"
#: Where packs lie, one directory each; a setting names one of them and no other place.
PACKS: Final = Path("/var/lib/yizhan/facepacks")
#: An operator's passive liveness models, `<name>.onnx`.
LIVENESS: Final = PACKS / "liveness"
FOLDER: Final = "faces"
SWEEP_S: Final = 1.0

T = TypeVar("T")

_log = logging.getLogger(__name__)


def face_slots(slots: list[Slot]) -> list[Slot]:
    """Return the cameras for faces."""
    return [one for one in slots if one.device and one.kind == "face" and _driver_of(one) == DRIVER]


def _driver_of(slot: Slot) -> str:
    try:
        return profile(slot.device.profile).driver if slot.device else ""
    except ProfileError:
        return ""  # the supervisor says so


@dataclass(frozen=True, slots=True)
class Place:
    """Where a station keeps faces: its state, its key, where the cloud answers."""

    station: str
    state: Path
    key_file: Path
    cloud: str


class Faces:
    """`edge.http.kiosk.FaceDoor`; `signed_in` says who is signed in at a page, empty for nobody."""

    def __init__(
        self, slots: list[Slot], place: Place, recorder: Recorder, settings: Callable[[str], Mapping[str, Any]],
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._slots = {slot.id: slot for slot in slots}
        self._place, self._wishes, self._recorder = place, settings, recorder
        self.signed_in: Callable[[str], str] = lambda _page: ""
        self.changed: Callable[[], None] = lambda: None
        self._children = {slot: self._child(slot) for slot in self._slots}
        self.following = Following(place.state / FOLDER, place.cloud, recorder, self._children, now)
        self._tries: dict[str, Tries] = {}

    def seen(self, slot: str) -> FacesSeen | None:
        """Return what the recogniser of a slot says of itself."""
        child = self._children.get(slot)
        return child.seen if child else None

    async def take_gallery(self, payload: bytes) -> None:
        """Take the list of who may be kept; DocumentError."""
        self.following.take(payload)

    async def run(self) -> None:
        """Look, follow, forget, for ever."""
        (self._place.state / FOLDER).mkdir(exist_ok=True)
        async with asyncio.TaskGroup() as group:
            for slot, child in self._children.items():
                group.create_task(child.run(), name=f"recogniser-{slot}")
            group.create_task(self.following.run(), name="face-list")
            group.create_task(self._sweep(), name="face-tries")

    def shown(self, page: str) -> dict[str, Any]:
        """Return what a page shows; `erased`: the station holds nothing any more of who is signed in."""
        child = self._at(page)
        person = self.signed_in(page)
        erased = {"erased": True} if person and person in self.following.gone else {}
        if child is None or not child.works:
            return {"state": "off", **erased}
        tries = self._tries.get(page)
        return {**(tries.shown() if tries else {"state": "idle"}), **erased}

    def proposed(self, page: str) -> str:
        """Return whom the running try found and who, where needed, confirmed; empty for nobody."""
        tries = self._tries.get(page)
        return tries.proposed() if tries else ""

    async def sign_in(self, page: str) -> None:
        """Begin to look for somebody of the gallery."""
        await _stored(self._of(page).begin("sign_in"))

    async def enrol(self, page: str, person: str, consent: str, check: tuple[str, str]) -> None:
        """Begin to enrol a person under his consent; `check` is (phone4, birthday)."""
        await _stored(self._of(page).begin("enrol", person, consent, check))

    async def confirm(self, page: str, answer: str) -> bool:
        """Return whether the digits are the proposed person's."""
        return await _stored(self._of(page).confirm(answer))

    async def wrong(self, page: str) -> None:
        """Note that the proposed person is somebody else."""
        await _stored(self._of(page).wrong())

    async def stop(self, page: str) -> None:
        """End the try."""
        await _stored(self._of(page).stop())

    def _child(self, slot: str) -> Child:
        async def heard(message: OfLook) -> None:
            for tries in tuple(self._tries.values()):
                await tries.heard(message)

        def ready() -> None:
            self.following.wake()
            self.changed()

        return Child(slot, lambda: self._open(slot), heard, ready)

    def _open(self, slot: str) -> pipe.Open:
        """Return what a slot's recogniser is started with; its settings are those that the cloud wishes now."""
        settings, place = self._settings(slot), self._place
        passive = str(settings["liveness"])
        return pipe.Open(
            slot=slot, source=_source(self._slots[slot]), pack=str(PACKS / str(settings["pack"])),
            passive=str(LIVENESS / f"{passive}.onnx") if passive else "",
            gallery=str(place.state / FOLDER / f"{slot}.gallery"), key_file=str(place.key_file),
            state=str(place.state), station=place.station, threshold=float(settings["threshold"]),
            margin=float(settings["margin"]),
        )  # fmt: skip

    def _settings(self, slot: str) -> dict[str, Any]:
        device = self._slots[slot].device
        defaults = profile(device.profile).defaults() if device else {}
        return {**defaults, **self._wishes(slot)}

    def _at(self, page: str) -> Child | None:
        """Return the recogniser of a page's camera."""
        return next((child for slot, child in self._children.items() if self._settings(slot)["page"] == page), None)

    def _of(self, page: str) -> Tries:
        """Return a page's tries with the camera that it has now; KioskRefused without one that works."""
        child = self._at(page)
        if child is None or not child.works:
            raise KioskRefused("face_off")
        known = self._tries.get(page)
        if known is None or known.child is not child:
            threshold = lambda: float(self._settings(child.slot)["threshold"])  # noqa: E731 - as the setting is then
            ways = Ways(threshold, self.following.enrolled, self.changed)
            known = self._tries[page] = Tries(page, child, self._recorder, ways)
        return known

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            for tries in tuple(self._tries.values()):
                try:
                    await tries.sweep()
                except OutboxError as error:
                    _log.error("a look could not be stored: %s", error)


async def _stored(act: Awaitable[T]) -> T:
    """Do an act of a page; one that cannot be kept for the audit is not done."""
    try:
        return await act
    except OutboxError as error:
        _log.error("a look could not be stored: %s", error)
        raise KioskRefused("face_off") from error


def _source(slot: Slot) -> str:
    """Return a camera's address as its recogniser has it: a film, a stream, or a device file."""
    address = slot.device.address if slot.device else ""
    parsed = parse_address(address)
    if parsed.scheme == "video":
        return f"/dev/video{parsed.path}" if parsed.path.isdecimal() else parsed.path
    return address
