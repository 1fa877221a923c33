"""Events and their batches (W1, D12, D13): how the edge writes them, how the cloud judges them one by one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from protocols.errors import BatchRefused, DocumentError, EventTooLarge
from protocols.venue.document import Count, Ordinal, Uuid, first_error
from protocols.venue.ids import check_id, check_slot
from protocols.venue.messages import MESSAGES, Data
from protocols.venue.strict_json import split_array, text_of
from protocols.venue.timestamps import Timestamp, format_time
from protocols.venue.vocabulary import STREAMS, ClockTrust, Stream

CONTENT_TYPE: Final = "application/vnd.yizhan.events.v1+json"
MAX_BATCH_EVENTS: Final = 500
MAX_BATCH_BYTES: Final = 256 * 1024
MAX_EVENT_BYTES: Final = 64 * 1024
#: A text of so many characters fits: one takes 4 bytes at most.
_SURELY_SMALL: Final = MAX_EVENT_BYTES // 4

BatchReason = Literal["not_json", "too_large", "wrong_stream", "bad_properties"]
EventReason = Literal["schema", "too_large", "wrong_station", "wrong_stream"]
Flag = Literal["unknown_type", "unknown_field", "future"]

_KEY = TypeAdapter(Uuid)
_STREAMS: Final[dict[str, Stream]] = {name: name for name in STREAMS}


class Envelope(Protocol):
    """What is read of an event whose data are judged apart, whoever reads it."""

    @property
    def id(self) -> str:
        """The event's own name, a UUID."""

    @property
    def source(self) -> str:
        """The slot, as `/stations/{station}/slots/{slot}`."""

    @property
    def type(self) -> str:
        """The name of the model of `data`."""

    @property
    def time(self) -> datetime:
        """When it happened, by the edge's clock."""

    @property
    def epoch(self) -> int:
        """The start of the agent that recorded it."""

    @property
    def replay(self) -> bool:
        """Whether it is sent later than it happened."""

    @property
    def clock(self) -> ClockTrust:
        """Whether `time` can be trusted."""


class Event(BaseModel):
    """One CloudEvents-shaped event; members this version does not know stay in `model_extra`."""

    model_config = ConfigDict(strict=True, frozen=True, extra="allow", defer_build=True)

    specversion: Literal["1.0"]
    id: Uuid
    source: str
    type: Annotated[str, Field(min_length=1, max_length=200)]
    time: Timestamp
    datacontenttype: Literal["application/json"]
    epoch: Count
    stream: Stream
    seq: Ordinal
    replay: bool
    clock: ClockTrust
    data: dict[str, Any]
    boot_ms: Count | None = None


@dataclass(frozen=True, slots=True)
class Properties:
    """The user properties that let a batch be routed unparsed; `first` and `last` are `from` and `to`."""

    stream: Stream
    first: int
    last: int
    epoch: int
    store: str

    def to_pairs(self) -> list[tuple[str, str]]:
        """Return the MQTT user properties."""
        return [
            ("stream", self.stream),
            ("from", str(self.first)),
            ("to", str(self.last)),
            ("epoch", str(self.epoch)),
            ("store", self.store),
        ]

    @classmethod
    def from_pairs(cls, pairs: Iterable[tuple[str, str]]) -> "Properties":
        """Return the properties of a batch; a missing, doubled or malformed one refuses the batch."""
        given = list(pairs)
        values = dict(given)
        if len(values) != len(given):
            raise BatchRefused("bad_properties", "a user property appears twice")
        try:
            stream = _STREAMS[values["stream"]]
            first, last, epoch = _integer(values["from"]), _integer(values["to"]), _integer(values["epoch"])
            store = _KEY.validate_python(values["store"])
        except (KeyError, ValueError) as error:
            raise BatchRefused("bad_properties", f"stream, from, to, epoch and store are needed: {error!r}") from error
        if first < 1 or not 1 <= last - first + 1 <= MAX_BATCH_EVENTS:
            raise BatchRefused("bad_properties", f"from {first} to {last} does not hold 1-{MAX_BATCH_EVENTS} events")
        return cls(stream, first, last, epoch, store)


class Judged(NamedTuple):
    """One event of a batch: `event` when it fits its model, else `reason` and `why`; `text` is as it was sent.

    `data` is the event's data as its type's model, None for a type that this version does not know.
    """

    seq: int
    text: str
    event: Envelope | None
    reason: EventReason | None = None
    why: str = ""
    flags: tuple[Flag, ...] = ()
    data: Data | None = None


def source_of(station: str, slot: str) -> str:
    """Return the CloudEvents source of a slot."""
    return f"/stations/{check_id(station)}/slots/{check_slot(slot)}"


@lru_cache(maxsize=4_096)
def slot_of(source: str, station: str) -> str | None:
    """Return the slot that a source names, or None when it is not one of `station`."""
    prefix = f"/stations/{station}/slots/"
    if not source.startswith(prefix):
        return None
    try:
        return check_slot(source.removeprefix(prefix))
    except DocumentError:
        return None


def event_body(  # noqa: PLR0913 - the members of the envelope
    *,
    event_id: str,
    station: str,
    slot: str,
    type_: str,
    time: datetime,
    epoch: int,
    stream: Stream,
    clock: ClockTrust,
    data: Mapping[str, object],
    boot_ms: int | None = None,
) -> dict[str, object]:
    """Return an event without `seq` and `replay`: the outbox gives the one, sending decides the other."""
    body: dict[str, object] = {
        "specversion": "1.0",
        "id": event_id,
        "source": source_of(station, slot),
        "type": type_,
        "time": format_time(time),
        "datacontenttype": "application/json",
        "epoch": epoch,
        "stream": stream,
        "clock": clock,
        "data": data,
    }
    if boot_ms is not None:
        body["boot_ms"] = boot_ms
    return body


def check_size(text: str) -> str:
    """Return the text of one event if it is small enough for the outbox (D9)."""
    size = len(text.encode())
    if size > MAX_EVENT_BYTES:
        raise EventTooLarge(size, MAX_EVENT_BYTES)
    return text


def render(text: str, seq: int, *, replay: bool) -> str:
    """Return a stored event (a JSON object without `seq` and `replay`) as it goes on the wire."""
    return f'{text[:-1]},"seq":{seq},"replay":{"true" if replay else "false"}}}'


def encode_batch(rendered: Sequence[str]) -> bytes:
    """Return the payload of one batch."""
    return ("[" + ",".join(rendered) + "]").encode()


def decode_batch(payload: bytes, properties: Properties, *, station: str, stream: str) -> list[Judged]:
    """Return every event of a batch with its verdict; a batch that cannot be taken apart raises BatchRefused."""
    if len(payload) > MAX_BATCH_BYTES:
        raise BatchRefused("too_large", f"{len(payload)} bytes is above the limit of {MAX_BATCH_BYTES}")
    if properties.stream != stream:
        raise BatchRefused("wrong_stream", f"property says {properties.stream}, topic says {stream}")
    expected = properties.last - properties.first + 1
    try:
        text = text_of(payload)
        parts = list(split_array(text))
    except DocumentError as error:
        raise BatchRefused("not_json", str(error)) from error
    if len(parts) != expected:
        raise BatchRefused("bad_properties", f"{len(parts)} events, but from..to says {expected}")
    return [
        judge_event(value, text, seq=properties.first + index, properties=properties, station=station)
        for index, (value, text) in enumerate(parts)
    ]


def is_large(text: str) -> bool:
    """Return whether one event takes more than MAX_EVENT_BYTES."""
    return len(text) > _SURELY_SMALL and len(text.encode()) > MAX_EVENT_BYTES


def judge_event(value: Any, text: str, *, seq: int, properties: Properties, station: str) -> Judged:
    """Return the verdict on one event at its place in a batch; never raises."""
    if is_large(text):
        return Judged(seq, text, None, "too_large", f"above {MAX_EVENT_BYTES} bytes")
    try:
        event = Event.model_validate(value)
    except ValidationError as error:
        return Judged(seq, text, None, "schema", first_error(error))
    misplaced = _misplaced(event, seq, properties, station)
    if misplaced is not None:
        return Judged(seq, text, None, *misplaced)
    return _judge_data(event, text)


def _misplaced(event: Event, seq: int, properties: Properties, station: str) -> tuple[EventReason, str] | None:
    if slot_of(event.source, station) is None:
        return "wrong_station", f"source {event.source!r} came by the topic of {station}"
    if event.stream != properties.stream:
        return "wrong_stream", f"event says {event.stream}"
    if event.seq != seq:
        return "schema", f"seq: {event.seq} stands at the place of {seq}"
    if event.epoch > properties.epoch:
        return "schema", f"epoch: {event.epoch} is above the sender's {properties.epoch}"
    return None


def _judge_data(event: Event, text: str) -> Judged:
    model = MESSAGES.get(event.type)
    if model is None:
        return Judged(event.seq, text, event, flags=("unknown_type",))
    try:
        data: Data = model.__pydantic_validator__.validate_python(event.data)
    except ValidationError as error:
        return Judged(event.seq, text, None, "schema", f"data.{first_error(error)}")
    flags: tuple[Flag, ...] = ("unknown_field",) if event.__pydantic_extra__ or data.__pydantic_extra__ else ()
    return Judged(event.seq, text, event, None, "", flags, data)


def _integer(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text!r} is not a whole number")
    return int(text)
