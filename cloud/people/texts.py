"""Texts as people type them, bounded; PostgreSQL takes no NUL and nobody means a control character. Pure."""

from typing import Annotated, Final

from pydantic import StringConstraints

MAX_NOTE: Final = 1_000


def line(limit: int, least: int = 1) -> StringConstraints:
    """Return what one line of text is: without control characters and blanks around it."""
    return StringConstraints(strip_whitespace=True, min_length=least, max_length=limit, pattern=r"^[^\x00-\x1f\x7f]*$")


def text(limit: int, least: int = 1) -> StringConstraints:
    """Return what several lines of text are."""
    pattern = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
    return StringConstraints(strip_whitespace=True, min_length=least, max_length=limit, pattern=pattern)


Word = Annotated[str, line(60)]
#: What somebody said or advised; sealed where it is kept.
Note = Annotated[str, text(MAX_NOTE)]
#: The same where nothing need be said.
NoteOrNone = Annotated[str, text(MAX_NOTE, 0)]
Line = Annotated[str, line(120)]
LineOrNone = Annotated[str, line(120, 0)]
