"""The one error base of this folder and a subclass per decision that a caller takes."""


class ProtocolError(Exception):
    """Something from outside does not follow its format."""


class ParsingError(ProtocolError):
    """These bytes are not a frame: drop them and look for the next start."""


class TopicError(ProtocolError):
    """This is not a topic of the venue contract: ignore the message and count it."""


class DocumentError(ProtocolError):
    """A control document or site value does not fit its schema: keep the old one and say why."""


class EventTooLarge(ProtocolError):  # noqa: N818 - the contract names it so (D9)
    """One event is larger than the contract allows: it must not enter the outbox."""

    def __init__(self, size_bytes: int, limit_bytes: int) -> None:
        super().__init__(f"event of {size_bytes} bytes is above the limit of {limit_bytes}; send less or split it")
        self.size_bytes = size_bytes
        self.limit_bytes = limit_bytes


class BatchRefused(ProtocolError):  # noqa: N818 - a refusal is an answer, not a crash
    """A whole batch cannot be taken (D13): one dead letter with `reason`, its seqs stay a gap."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(f"{reason}: {text}")
        self.reason = reason
        self.text = text


class SignatureRefused(ProtocolError):  # noqa: N818 - a refusal is an answer, not a crash
    """A request is not from whom it says it is: answer 401 and change nothing; `code` is stable."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
