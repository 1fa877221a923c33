"""What other domains put on the walls beside the posts: notices, each on a page of its own."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cloud.platform.qr import matrix_of
from protocols.venue.content import Item

#: How long a notice stays, s: it has more words than a post.
NOTICE_SECONDS: Final = 12.0
#: Notices of one source on a wall.
MAX_NOTICES: Final = 20


async def _nothing(revs: Mapping[tuple[str, str], int], items: Collection[str]) -> None:
    del revs, items


@dataclass(frozen=True, slots=True)
class Source:
    """A domain with notices: `items` returns those of a moment.

    `placed` is told ((station, slot) -> revision, ids of all items) of new manifests, in their transaction.
    """

    items: Callable[[datetime], Awaitable[Sequence[Item]]]
    placed: Callable[[Mapping[tuple[str, str], int], Collection[str]], Awaitable[None]] = _nothing


def notice_item(  # noqa: PLR0913 - what a notice consists of
    item_id: str,
    *,
    tag: str,
    title: str,
    text: str,
    facts: Sequence[tuple[str, str]],
    link: str,
    valid_to: datetime | None,
) -> Item:
    """Return a notice as a wall shows it: `tag` over the title, facts below the text, a QR of `link` beside them."""
    data = {"tag": tag, "title": title, "text": text, "facts": [list(fact) for fact in facts if fact[1]]}
    if link:
        data["qr"] = list(matrix_of(link))
    return Item(id=item_id, kind="notice", seconds=NOTICE_SECONDS, valid_to=valid_to, data=data)
