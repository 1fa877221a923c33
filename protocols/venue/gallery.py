"""The face gallery of a station (D24): who consented here and who is gone. No templates, no names."""

from typing import Annotated, Final

from pydantic import Field, model_validator

from protocols.venue.document import Count, Document
from protocols.venue.timestamps import Timestamp

#: More ids than this come by an address, checked by their hash.
MAX_INLINE: Final = 2_000
#: The operator files with the authority at 100,000 faces; no station has more.
MAX_LISTED: Final = 100_000
#: Tombstones in one document; older ones are in nobody's gallery any more, for who is not listed is erased as well.
MAX_GONE: Final = 2_000
MAX_PERSON: Final = 48

PersonId = Annotated[str, Field(min_length=1, max_length=MAX_PERSON)]


class Tombstone(Document):
    """Somebody who must be in no gallery any more, since `at`."""

    id: PersonId
    at: Timestamp


class GalleryList(Document):
    """Who may stay: `ids`, or, above MAX_INLINE, a JSON list of `count` ids at `url` with its SHA-256."""

    rev: Count
    at: Timestamp
    count: Annotated[int, Field(ge=0, le=MAX_LISTED)]
    ids: Annotated[list[PersonId], Field(max_length=MAX_INLINE)] | None = None
    gone: Annotated[list[Tombstone], Field(max_length=MAX_GONE)] = Field(default_factory=list)
    url: Annotated[str, Field(max_length=1_000)] | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None

    @model_validator(mode="after")
    def _whole(self) -> "GalleryList":
        if self.ids is not None and len(self.ids) != self.count:
            raise ValueError("`count` is not the number of `ids`")
        if self.ids is None and (self.url is None or self.sha256 is None):
            raise ValueError("neither `ids` nor `url` with `sha256`")
        return self
