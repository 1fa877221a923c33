"""What a round of verification may become, and what a firm's rounds make of it: one table. Pure.

A firm has at most one round that is open (draft, submitted, refused) and at most one that counts (verified, due,
lapsed, revoked): so a re-check can run while the round before it still holds.
"""

from collections.abc import Collection
from typing import Final, Literal, get_args

State = Literal["draft", "submitted", "refused", "verified", "due", "lapsed", "revoked", "superseded"]
#: A state of the firm: that of a round, or that it is on the blacklist.
Standing = Literal["draft", "submitted", "refused", "verified", "due", "lapsed", "revoked", "blacklisted"]
STANDINGS: Final[tuple[Standing, ...]] = get_args(Standing)

#: State -> what it may become. `verified` straight from a draft: the originals were seen at the counter.
TRANSITIONS: Final[dict[State, frozenset[State]]] = {
    "draft": frozenset({"submitted", "verified"}),
    "submitted": frozenset({"draft", "refused", "verified"}),
    "refused": frozenset({"submitted", "verified"}),
    "verified": frozenset({"due", "revoked", "superseded"}),
    "due": frozenset({"lapsed", "revoked", "superseded"}),
    "lapsed": frozenset({"superseded"}),
    "revoked": frozenset({"superseded"}),
    "superseded": frozenset(),
}
#: The firm may still write in a round.
EDITABLE: Final[frozenset[State]] = frozenset({"draft", "refused"})
OPEN: Final[frozenset[State]] = frozenset({"draft", "submitted", "refused"})
COUNTS: Final[frozenset[State]] = frozenset({"verified", "due", "lapsed", "revoked"})
#: Posts of a firm that stands so stay up; they say so.
KEEPS_POSTS: Final[frozenset[Standing]] = frozenset({"verified", "due"})


def standing_of(states: Collection[State], *, banned: bool) -> Standing:
    """Return how a firm stands that has rounds in these states, each kind at most once."""
    if banned:
        return "blacklisted"
    counting = next((state for state in states if state in COUNTS), None)
    waiting = next((state for state in states if state in OPEN), None)
    if counting in KEEPS_POSTS:
        return "verified" if counting == "verified" else "due"
    found = waiting if waiting == "submitted" or counting is None else counting
    return next((standing for standing in STANDINGS if standing == found), "draft")
