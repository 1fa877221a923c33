"""A slip for a receipt printer: what a queue ticket, a job slip or a one-time notice says, without any layout.

The argument `document` of the command `print` holds one as JSON: `{"parts": [{"kind": "heading", "text": "…"}, …]}`.
"""

from typing import Annotated, Final, Literal

from pydantic import Field

from protocols.venue.document import Document

#: Nobody reads a longer slip; 120 lines are half a metre of paper.
MAX_PARTS: Final = 120
MAX_PART_CHARS: Final = 600
#: The whole document as JSON; the profiles of receipt printers bound the argument by it.
MAX_SLIP_CHARS: Final = 12_000

#: `heading` and `big` are centred, `big` is twice as wide and high; `rule` is a line across; `qr` a code of the text.
PartKind = Literal["heading", "text", "big", "rule", "qr"]


class Part(Document):
    """One piece, from the top to the bottom; a `text` may have several lines."""

    kind: PartKind
    text: Annotated[str, Field(max_length=MAX_PART_CHARS)] = ""


class Slip(Document):
    """One slip; the printer cuts behind it."""

    parts: Annotated[list[Part], Field(min_length=1, max_length=MAX_PARTS)]


def slip_of(*parts: tuple[PartKind, str]) -> Slip:
    """Return a slip of these parts; longer texts are cut, and so is what is below the last part there may be."""
    return Slip(parts=[Part(kind=kind, text=text[:MAX_PART_CHARS]) for kind, text in parts[:MAX_PARTS]])
