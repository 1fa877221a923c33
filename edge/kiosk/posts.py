"""Posts at a kiosk: the newest that the station's walls show, with the cloud or without, and a slip of one."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from edge.content import Contents
from edge.errors import KioskRefused, OutboxError
from edge.kiosk.desk import Session
from edge.queue.slips import Giver
from protocols.rules.opening import SHANGHAI
from protocols.venue.content import Item
from protocols.venue.slips import PartKind, Slip, slip_of

#: Posts that one person is shown: three screens.
MAX_SHOWN: Final = 12
#: Slips that one person may take.
MAX_SLIPS: Final = 5
_SHOWN: Final = ("title", "firm", "place", "hours", "pay", "method", "headcount", "form")


class KioskPosts:
    """What the walls hold, for who stands at a kiosk; `base` is where a phone finds the cloud, empty: no code."""

    def __init__(  # noqa: PLR0913, PLR0917 - the parts it joins
        self,
        place: tuple[str, str],
        base: str,
        walls: Sequence[str],
        contents: Contents,
        printers: Mapping[str, str],
        works: Callable[[str], bool],
        giver: Giver,
        now: Callable[[], datetime],
    ) -> None:
        self._station, self._title = place
        self._base = base.rstrip("/")
        self._walls = walls
        self._contents = contents
        self._printers = printers
        self._works = works
        self._giver = giver
        self._now = now

    def document(self, kiosk: str) -> dict[str, Any]:
        """Return the newest posts, and whether a slip can be printed."""
        posts = [{"id": item.id, **{name: (item.data or {}).get(name, "") for name in _SHOWN}} for item in self._live()]
        return {"posts": posts[:MAX_SHOWN], "printer": self._printer(kiosk) is not None}

    async def print_slip(self, kiosk: str, session: Session, post: str) -> None:
        """Print a slip of a post, once for a person however often he asks; KioskRefused says why not."""
        item = next((one for one in self._live() if one.id == post), None)
        if item is None:
            raise KioskRefused("post_gone")
        printer = self._printer(kiosk)
        if printer is None:
            raise KioskRefused("printer")
        if post not in session.slips and len(session.slips) >= MAX_SLIPS:
            raise KioskRefused("slips")
        source = urlencode({"s": f"kiosk:{self._station}"}, safe=":")
        address = f"{self._base}/p/{item.id}?{source}" if self._base else ""
        slip = post_slip(self._title, item, address, self._now())
        args = {"title": f"岗位小票 {(item.data or {}).get('title', '')}"[:60], "document": slip.to_bytes().decode()}
        key = str(uuid.uuid5(uuid.NAMESPACE_OID, f"slip {session.id} {post}"))
        try:
            await self._giver.give(printer, "print", {**args, "copies": 1}, key=key)
        except OutboxError as error:
            raise KioskRefused("printer") from error
        session.slips.add(post)

    def _printer(self, kiosk: str) -> str | None:
        printer = self._printers.get(kiosk)
        return printer if printer is not None and self._works(printer) else None

    def _live(self) -> list[Item]:
        now = self._now()
        for wall in self._walls:
            manifest = self._contents.shown(wall)
            if manifest is not None:
                return [
                    one for one in manifest.items
                    if one.kind == "post" and (one.valid_to is None or one.valid_to > now)
                ]  # fmt: skip
        return []


def post_slip(title: str, item: Item, address: str, now: datetime) -> Slip:
    """Return the slip of a post."""
    data = item.data or {}
    facts = (
        ("工资", f"{data.get('pay', '')} {data.get('method', '')}"), ("地点", data.get("place", "")),
        ("时间", data.get("hours", "")), ("人数", f"{data.get('headcount', '')} 人"), ("单位", data.get("firm", "")),
    )  # fmt: skip
    code: list[tuple[PartKind, str]] = [("qr", address), ("heading", "扫码看全文")] if address else []
    lines: list[tuple[PartKind, str]] = [
        ("heading", title), ("heading", "岗位小票"), ("rule", ""), ("heading", str(data.get("title", ""))),
        *(("text", f"{label}：{words}") for label, words in facts), ("rule", ""), *code,
        ("text", f"{now.astimezone(SHANGHAI):%Y-%m-%d %H:%M} 打印，以现场和网上公布的为准。找工作不收任何费用。"),
    ]  # fmt: skip
    return slip_of(*lines)
