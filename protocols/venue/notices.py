"""Emergency notices as both sides know them: the channel `notice` of the content topic, one item for each in force.

The manifest is the whole truth of the cloud at its revision. The item `lifted` names notices of the station's own that
the cloud has taken back. What a screen shows, and its hash, is the same on page, agent and cloud.
"""

import hashlib
from collections.abc import Iterable
from typing import Annotated, Final, Literal, get_args

from pydantic import Field

from protocols.errors import DocumentError
from protocols.venue.content import Manifest
from protocols.venue.document import Document, Uuid
from protocols.venue.timestamps import Timestamp

#: The channel of the content topic, and the item that lists what was taken back.
CHANNEL: Final = "notice"
LIFTED: Final = "lifted"
#: Notices in force at one station; people can follow one at a time.
MAX_NOTICES: Final = 16
MAX_TITLE: Final = 20
MAX_TEXT: Final = 120
#: Nobody leaves a notice on a screen for longer by mistake.
MAX_MINUTES: Final = 24 * 60
#: What stands on every screen of an exercise.
DRILL: Final = "演练"

NoticeKind = Literal["fire", "evacuation", "missing", "weather", "failure"]
#: The more urgent comes first; a page shows the first one in force.
NOTICE_KINDS: Final[tuple[NoticeKind, ...]] = get_args(NoticeKind)
#: Whose act it was: the cloud's staff, or the station itself.
Origin = Literal["cloud", "station"]
EndReason = Literal["expired", "lifted"]

#: One line of words without control characters.
Title = Annotated[str, Field(min_length=1, max_length=MAX_TITLE, pattern=r"^[^\x00-\x1f\x7f]+$")]
Text = Annotated[str, Field(max_length=MAX_TEXT, pattern=r"^[^\x00-\x1f\x7f]*$")]
Person = Annotated[str, Field(min_length=1, max_length=80)]


class Notice(Document):
    """One notice: what people are to read, until when, and whether it is an exercise."""

    id: Uuid
    kind: NoticeKind
    title: Title
    text: Text
    drill: bool
    sound: bool
    raised_at: Timestamp
    ends_at: Timestamp
    by: Person

    @property
    def mark(self) -> str:
        """Return the word that marks an exercise, empty for a real one."""
        return DRILL if self.drill else ""

    @property
    def content_hash(self) -> str:
        """Return the sha256 of what a screen must show; a page makes it from what stands in its document."""
        return hashlib.sha256(f"{self.id}\n{self.mark}\n{self.title}\n{self.text}".encode()).hexdigest()

    @property
    def precedence(self) -> tuple[bool, int, float, str]:
        """Sort key: real before exercise, the more urgent kind, the newer one; the id makes it the same everywhere."""
        return self.drill, NOTICE_KINDS.index(self.kind), -self.raised_at.timestamp(), self.id


class Lift(Document):
    """A notice of the station that the cloud has taken back, and who did."""

    id: Uuid
    by: Person


class Board(Document):
    """What the cloud says is in force at a station."""

    notices: Annotated[list[Notice], Field(max_length=MAX_NOTICES)]
    lifted: Annotated[list[Lift], Field(max_length=MAX_NOTICES)]


def board_of(manifest: Manifest) -> Board:
    """Return the board that a manifest of the channel holds; DocumentError when it is none."""
    notices, lifted = [], []
    for item in manifest.items:
        if item.id == LIFTED:
            lifted = list((item.data or {}).get("lifted", []))
        else:
            notices.append(item.data or {})
    return Board.from_object({"notices": notices, "lifted": lifted})


def first_of(notices: Iterable[Notice]) -> Notice | None:
    """Return the one that screens show."""
    return min(notices, key=lambda notice: notice.precedence, default=None)


def line_of(notice: Notice, limit: int) -> str:
    """Return a notice as one line for a screen of letters, cut to `limit` characters."""
    if limit < 1:
        raise DocumentError("a line has at least one character")
    words = f"【{notice.mark}】{notice.title}" if notice.drill else notice.title
    whole = f"{words} {notice.text}".rstrip()
    if len(whole) <= limit:
        return whole
    return words[:limit] if len(words) >= limit else f"{whole[: limit - 1].rstrip()}…"
