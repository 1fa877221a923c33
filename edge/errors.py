"""What can go wrong inside the agent, cut by what the caller does next."""

from protocols.venue.content import ContentRefusal


class EdgeError(Exception):
    """Base of this folder."""


class StateInUse(EdgeError):  # noqa: N818 - the state is the message
    """Another agent runs on this state directory: stop at once, two writers would tear it."""


class StateDamaged(EdgeError):  # noqa: N818
    """A small state file cannot be read: it counts as absent, and that is said."""


class OutboxError(EdgeError):
    """Nothing was stored: the database said no."""


class OutboxFull(OutboxError):  # noqa: N818
    """The disk budget is used up by evidence: this event of a lower stream was not taken."""


class OutboxClosed(OutboxError):  # noqa: N818
    """The outbox has been closed: the agent is stopping."""


class TicketRefused(OutboxError):  # noqa: N818 - an answer to a person
    """No number is given out, or no act on one is done; `reason` says which words the page shows."""

    def __init__(self, reason: str, text: str = "") -> None:
        super().__init__(text or reason)
        self.reason = reason


class NoticeRefused(EdgeError):  # noqa: N818 - an answer to a person
    """An emergency notice is not raised or lifted; `reason` says which words the page shows."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class KioskRefused(EdgeError):  # noqa: N818 - an answer to a person
    """Nobody is signed in at a kiosk, or an act there is not done; `reason` says which words the page shows.

    `away`: the cloud does not answer. `words` are the cloud's own for the person.
    """

    def __init__(self, reason: str, words: str = "") -> None:
        super().__init__(words or reason)
        self.reason = reason
        self.words = words


class PictureRefused(EdgeError):  # noqa: N818 - an answer to a person
    """A live picture is not taken: nobody waits for it."""


class LinkLost(EdgeError):  # noqa: N818
    """The broker's connection is gone or could not be made: wait and connect anew."""


class LinkRefused(LinkLost):
    """The broker does not want us (credentials, access list): wait the maximum."""


class BadAddress(EdgeError):  # noqa: N818
    """The broker's URL cannot be used as written."""


class ContentNotShown(EdgeError):  # noqa: N818 - an answer to the cloud
    """A manifest is not taken and the old content stays; `reason` is the contract's word (D24)."""

    def __init__(self, reason: ContentRefusal, text: str, rev: int | None = None) -> None:
        super().__init__(f"{reason}: {text}")
        self.reason: ContentRefusal = reason
        self.rev = rev


class GalleryDamaged(EdgeError):  # noqa: N818 - the state is the message
    """The gallery of faces or its key is not what it was: nobody can sign in by face until that is mended."""


class GalleryRefused(EdgeError):  # noqa: N818 - an answer to the page
    """A gallery does not take what it was given."""
