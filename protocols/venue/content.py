"""What a screen shows: the manifest inside a signed envelope (D24). Signing lives in `provisioning`."""

import hashlib
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field

from protocols.venue.document import Count, Document
from protocols.venue.ids import Id
from protocols.venue.timestamps import Timestamp

ItemKind = Literal["post", "notice", "image", "video", "page"]
ContentRefusal = Literal["signature", "wrong_target", "old_rev", "hash", "schema"]

#: A wall that loops through more than this shows nobody anything.
MAX_ITEMS = 500


#: How a manifest without items ends.
_NO_ITEMS = b"[]}"


class Envelope(Document):
    """Flattened JWS JSON (RFC 7515 §7.2.2): three base64url texts."""

    protected: str
    payload: str
    signature: str


class Item(Document):
    """One thing to show for `seconds`; media carry `url`, `sha256` and `bytes`."""

    id: str
    kind: ItemKind
    seconds: Annotated[float, Field(gt=0, le=3600)]
    valid_to: Timestamp | None
    data: dict[str, Any] | None = None
    url: str | None = None
    sha256: str | None = None
    bytes: Count | None = None


class Manifest(Document):
    """The playlist of one channel; list order is play order."""

    station: Id
    channel: Id
    rev: Count
    issued_at: Timestamp
    valid_from: Timestamp
    valid_to: Timestamp
    items: Annotated[list[Item], Field(max_length=MAX_ITEMS)]

    @property
    def content_hash(self) -> str:
        """Return the sha256 of what is shown, the same on page, agent and cloud."""
        return hash_of(self.rev, self.items)


def write_items(items: Iterable[Item]) -> bytes:
    """Return a list of items as it stands in a manifest: many channels that show the same need it written once."""
    return b"[" + b",".join(item.to_bytes() for item in items) + b"]"


def write_manifest(frame: Manifest, items: bytes) -> bytes:
    """Return the manifest that is `frame`, which has no items, with items that were written before."""
    return frame.to_bytes().removesuffix(_NO_ITEMS) + items + b"}"


def hash_of(rev: int, items: Iterable[Item]) -> str:
    """Return the sha256 of a revision and its items."""
    shown = ",".join(f"{item.id}:{item.sha256 or ''}" for item in items)
    return hashlib.sha256(f"{rev}|{shown}".encode()).hexdigest()
