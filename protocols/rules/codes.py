"""What a scanned code is by its form. It says what somebody holds, never that it is genuine: only the cloud can know.

The forms are those that the cloud draws: addresses of its public pages, and the pass on a jobseeker's phone. The host
of an address is not judged: a kiosk opens none.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args
from urllib.parse import urlsplit

#: `pass`: the person's code on his phone; `page`: another address of ours; `number`: a bar code of goods or shelves.
CodeKind = Literal[
    "post", "market", "fair", "notice", "complaint", "show", "registration", "pass", "page", "number", "other"
]

#: Codes of ours: what a visitor of the hall may well hold.
OURS: Final[frozenset[CodeKind]] = frozenset(get_args(CodeKind)) - {"page", "number", "other"}

_PASS: Final = re.compile(r"YZ1[A-Za-z0-9_-]{48}", re.ASCII)
_NUMBER: Final = re.compile(r"\d{6,32}", re.ASCII)
_UUID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
#: Path -> kind; a group is the public id of what it leads to.
_PATHS: Final[Mapping[CodeKind, re.Pattern[str]]] = {
    "post": re.compile(rf"/p/({_UUID})", re.ASCII),
    "market": re.compile(r"/p", re.ASCII),
    "fair": re.compile(r"/my/fairs/([A-Za-z0-9_-]{1,32})", re.ASCII),
    "notice": re.compile(r"/notice/([a-z0-9-]{1,24})", re.ASCII),
    "complaint": re.compile(r"/complain/find", re.ASCII),
    "show": re.compile(rf"/events/shows/({_UUID})", re.ASCII),
    "registration": re.compile(r"/my/start", re.ASCII),
}
#: Where it stood, of posts and of registrations.
_SOURCE: Final = re.compile(
    r"s=((?:station|wall|flyer|fair|share):[A-Za-z0-9._-]{1,40})|from=([a-z0-9]{1,16})", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Code:
    """A code by its form; `ref` is a public id and `source` where the code stood, empty when it has none."""

    kind: CodeKind
    ref: str = ""
    source: str = ""
    #: The whole text: a pass is its holder's, other texts are anybody's. Neither is shown, stored or sent.
    text: str = field(default="", repr=False)


def recognise(text: str) -> Code:
    """Return what a code is; what has no form of ours is `number` or `other`."""
    if _PASS.fullmatch(text):
        return Code("pass", text=text)
    if _NUMBER.fullmatch(text):
        return Code("number", text=text)
    try:
        parts = urlsplit(text)
    except ValueError:
        return Code("other", text=text)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return Code("other", text=text)
    source = _SOURCE.fullmatch(parts.query)
    for kind, pattern in _PATHS.items():
        if found := pattern.fullmatch(parts.path):
            return Code(kind, next(iter(found.groups()), ""), (source[1] or source[2]) if source else "", text)
    return Code("page", text=text)
