"""What a station says of emergency notices: taken up, shown by each screen, over."""

from typing import Literal

from protocols.venue.document import Count, Uuid
from protocols.venue.messages.common import Data
from protocols.venue.notices import EndReason, NoticeKind, Origin
from protocols.venue.timestamps import Timestamp


class NoticeRaised(Data):
    """A notice is in force at the station; `screens` are the slots that are to show it."""

    notice: Uuid
    kind: NoticeKind
    title: str
    text: str
    drill: bool
    origin: Origin
    by: str
    raised_at: Timestamp
    ends_at: Timestamp
    screens: list[str]


class NoticeShown(Data):
    """A screen shows it: a page that painted these words (size in its pixels), or a controller that took the text."""

    notice: Uuid
    content: str
    drill: bool
    via: Literal["page", "command"]
    width: Count = 0
    height: Count = 0


class NoticeFailed(Data):
    """A controller did not take it; it is tried again while the notice is in force."""

    notice: Uuid
    text: str


class NoticeEnded(Data):
    """It is no longer in force at the station: its time was over, or somebody took it back."""

    notice: Uuid
    drill: bool
    reason: EndReason
    by: str
