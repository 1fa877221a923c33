"""The pipe between the agent and its recogniser: JSON behind four bytes of length, no pictures and no embeddings."""

import json
from collections.abc import Iterator
from typing import Annotated, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from edge.errors import EdgeError
from edge.faces.terms import DEFAULT_MARGIN, DEFAULT_THRESHOLD, Live, Mode, Outcome, Reason

MAX_MESSAGE_BYTES: Final = 64 * 1024
#: Ids in one message; a longer list goes in pieces.
MAX_IDS: Final = 1_000
#: People in one `erased`, as in the event that is its receipt.
MAX_ERASED: Final = 200
#: A look ends by itself at the latest after this.
MAX_LOOK_S: Final = 60.0
_HEAD: Final = 4

T = TypeVar("T")

Ids = Annotated[list[Annotated[str, Field(max_length=48)]], Field(max_length=MAX_IDS)]
Erased_ = Annotated[list[Annotated[str, Field(max_length=48)]], Field(max_length=MAX_ERASED)]


class PipeError(EdgeError):
    """The other end sends what this protocol does not have: it is replaced."""


class _Message(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", defer_build=True)


class Open(_Message):
    """The first request: what is looked through and with; paths as text, the address may hold a password."""

    type: Literal["open"] = "open"
    slot: str
    source: str
    pack: str
    #: A passive liveness model of the operator's, empty: none.
    passive: str = ""
    gallery: str
    key_file: str
    state: str
    station: str
    threshold: float = DEFAULT_THRESHOLD
    margin: float = DEFAULT_MARGIN


class Look(_Message):
    """Look until there is an outcome; one at a time. `check` and `consent` come with `enrol`, `person` with 1:1."""

    type: Literal["look"] = "look"
    ask: str
    mode: Mode
    person: str = ""
    challenge: bool = True
    seconds: Annotated[float, Field(gt=0, le=MAX_LOOK_S)] = 30.0
    consent: str = ""
    phone4: str = ""
    birthday: str = ""


class Stop(_Message):
    """End a look: it is answered with `found`, `gave_up`."""

    type: Literal["stop"] = "stop"
    ask: str


class Follow(_Message):
    """A piece of the list of who may stay; with the `last` piece everybody else is erased."""

    type: Literal["gallery"] = "gallery"
    ask: str
    rev: int
    keep: Ids = Field(default_factory=list)
    last: bool = True


class Erase(_Message):
    """Forget people."""

    type: Literal["erase"] = "erase"
    ask: str
    persons: Erased_


class Confirm(_Message):
    """Compare what a person typed with what he typed at the enrolment."""

    type: Literal["confirm"] = "confirm"
    ask: str
    person: str
    answer: Annotated[str, Field(max_length=8)]


class Count(_Message):
    """Ask how many there are."""

    type: Literal["count"] = "count"
    ask: str


Request = Open | Look | Stop | Follow | Erase | Confirm | Count


class Ready(_Message):
    """The answer to `open`: what looks, and at how many people. `fmr` is the upper limit at the threshold."""

    type: Literal["ready"] = "ready"
    model: str
    people: int
    #: People whose templates another pack made: they are asked to enrol again.
    other_model: int = 0
    fmr: float
    impostor_pairs: int = 0
    licence: str = ""
    liveness: Live = "challenge"


class Failed(_Message):
    """It cannot work as asked; `fault` is one of `vocabulary.FAULTS`, `source` means that the camera is away."""

    type: Literal["failed"] = "failed"
    what: Literal["pack", "gallery", "source", "request"]
    fault: str
    text: Annotated[str, Field(max_length=300)]
    ask: str = ""


class Told(_Message):
    """What the person should do next; at most five a second. `box` is x, y, width, height in thousandths."""

    type: Literal["told"] = "told"
    ask: str
    reason: Reason
    box: tuple[int, int, int, int] | None = None
    step: int | None = None


class LookFound(_Message):
    """The end of a look."""

    type: Literal["found"] = "found"
    ask: str
    outcome: Outcome
    person: str = ""
    score: float = 0.0
    second: float = 0.0
    needs_second: bool = True
    live: Live = "none"
    model: str
    gallery: int
    frames: int = 0


class Erased(_Message):
    """People who are gone, and of those asked for the ones who are not."""

    type: Literal["erased"] = "erased"
    ask: str
    persons: Erased_
    left: Erased_ = Field(default_factory=list)


class Followed(_Message):
    """The end of a list: who is enrolled of it, who is not yet (or with another pack)."""

    type: Literal["followed"] = "followed"
    ask: str
    rev: int
    count: int
    missing: int


class Confirmed(_Message):
    """Whether the answer was right."""

    type: Literal["confirmed"] = "confirmed"
    ask: str
    right: bool


class Counted(_Message):
    """How many are enrolled, and how many of them with another pack."""

    type: Literal["counted"] = "counted"
    ask: str
    people: int
    other_model: int = 0


class Lag(_Message):
    """Once a minute: frames seen and dropped, milliseconds from frame to answer. Also says that the process lives."""

    type: Literal["lag"] = "lag"
    frames: int
    dropped: int
    p50_ms: float = 0.0
    p95_ms: float = 0.0


Reply = Ready | Failed | Told | LookFound | Erased | Followed | Confirmed | Counted | Lag

_REQUESTS: Final[TypeAdapter[Request]] = TypeAdapter(
    Annotated[Request, Field(discriminator="type")], config=ConfigDict(defer_build=True)
)
_REPLIES: Final[TypeAdapter[Reply]] = TypeAdapter(
    Annotated[Reply, Field(discriminator="type")], config=ConfigDict(defer_build=True)
)


def to_bytes(message: Request | Reply) -> bytes:
    """Return a message as it goes through the pipe."""
    body = message.model_dump_json().encode()
    if len(body) > MAX_MESSAGE_BYTES:
        raise PipeError(f"a message of {len(body)} bytes")
    return len(body).to_bytes(_HEAD, "big") + body


def request_of(body: bytes) -> Request:
    """Return the request in a body; PipeError."""
    return _of(_REQUESTS, body)


def reply_of(body: bytes) -> Reply:
    """Return the reply in a body; PipeError."""
    return _of(_REPLIES, body)


def _of(adapter: TypeAdapter[T], body: bytes) -> T:
    try:
        return adapter.validate_json(body)
    except (ValidationError, json.JSONDecodeError) as error:
        raise PipeError(f"no message of this pipe: {str(error)[:200]}") from error


class Bodies:
    """Takes bytes as they come and gives out whole bodies; PipeError for a length beyond the bound."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take bytes and yield the bodies that are whole now."""
        self._buffer += data
        while len(self._buffer) >= _HEAD:
            size = int.from_bytes(self._buffer[:_HEAD], "big")
            if size > MAX_MESSAGE_BYTES:
                raise PipeError(f"a message of {size} bytes")
            if len(self._buffer) < _HEAD + size:
                return
            yield bytes(self._buffer[_HEAD : _HEAD + size])
            del self._buffer[: _HEAD + size]
