"""What the pages of posts show. Plain values, no tables and no requests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post in a list; `pay` is text in yuan."""

    id: str
    title: str
    firm: str
    place: str
    pay: str
    unit: str
    headcount: int
    state: str
    occupation: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    published_at: datetime | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PostList:
    """One page of the list; `after` is the cursor it starts at, `next` that of the following one."""

    rows: Sequence[PostRow]
    counts: Mapping[str, int]
    state: str = ""
    text: str = ""
    after: str = ""
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What screening found: the quoted text around it, cut in (before, span, after), and the law it offends."""

    rule: str
    severity: str
    law: str
    quote: tuple[str, str, str] = ("", "", "")


@dataclass(frozen=True, slots=True)
class Change:
    """A line of a post's history."""

    at: datetime
    state: str
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PostPage:
    """One post with everything that is known of it; `rows` are (label key, text)."""

    row: PostRow
    facts: Sequence[tuple[str, str]]
    findings: Sequence[Finding] = ()
    history: Sequence[Change] = ()
    screened: bool = False
    firm_due: bool = False
    may_publish: bool = False
    may_close: bool = False
    may_edit: bool = False
    may_review: bool = False


@dataclass(frozen=True, slots=True)
class FirmOption:
    """A firm in the editor's list; one that is not verified cannot publish."""

    id: str
    name: str
    verified: bool


@dataclass(frozen=True, slots=True)
class PostForm:
    """The editor: what was typed, and what is wrong with it by field."""

    firms: Sequence[FirmOption]
    values: Mapping[str, str]
    occupation_name: str = ""
    districts: Sequence[str] = ()
    forms: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    id: str = ""


def cut_quote(text: str, span: Sequence[int], around: int = 24) -> tuple[str, str, str]:
    """Return (before, span, after) of a text, with at most `around` code points on either side."""
    start, end = span
    before, after = text[max(0, start - around) : start], text[end : end + around]
    return (
        ("…" if start > around else "") + before,
        text[start:end],
        after + ("…" if len(text) > end + around else ""),
    )
