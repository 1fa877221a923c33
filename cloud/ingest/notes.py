"""What the broker brings, taken apart before it waits for the writer."""

from dataclasses import dataclass
from typing import Final

from cloud.ingest.client import Received
from cloud.ingest.reader import Reading, read_batch
from cloud.ingest.service import STRIDE
from cloud.ingest.told import Told
from protocols.errors import BatchRefused, DocumentError, TopicError
from protocols.venue.document import Document
from protocols.venue.events import CONTENT_TYPE, Properties
from protocols.venue.presence import Birth, Presence
from protocols.venue.strict_json import load_object
from protocols.venue.timestamps import Timestamp
from protocols.venue.topics import Topic, parse_topic
from protocols.venue.twin import Reported
from protocols.venue.vocabulary import Health

#: Live values are small (payloads: at most 4 KiB a slot).
MAX_LIVE_BYTES: Final = 4096


class Live(Document):
    """`{station}/{slot}/live`: newest values of a slot, not stored."""

    at: Timestamp
    health: Health
    values: dict[str, bool | int | float | str | None]


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch of events that could be taken apart."""

    station: str
    topic: str
    properties: Properties
    reading: Reading
    payload: bytes


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that cannot be taken; `properties` when at least those could be read."""

    station: str
    topic: str
    reason: str
    why: str
    payload: bytes
    properties: Properties | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A document in which a station speaks of itself; `text` is as it was sent."""

    station: str
    slot: str
    document: Presence | Birth | Reported | Live
    text: str
    retained: bool


@dataclass(frozen=True, slots=True)
class Overheard:
    """What other processes heard: rows of the relay, to be believed and deleted."""

    ids: tuple[int, ...]
    told: tuple[Told, ...]
    #: Of no single station.
    station: str = ""


Note = Batch | Refusal | Report | Overheard


_DOCUMENTS: Final[dict[str, type[Presence | Birth | Reported | Live]]] = {
    "presence": Presence,
    "birth": Birth,
    "twin_reported": Reported,
    "live": Live,
}


def take_apart(received: Received) -> Note | None:
    """Return what a message says; None when its topic is none of ours."""
    try:
        topic = parse_topic(received.topic)
    except TopicError:
        return None
    if topic.kind == "up":
        return _batch(topic, received)
    model = _DOCUMENTS.get(topic.kind)
    return None if model is None else _report(topic, model, received)


def _batch(topic: Topic, received: Received) -> Batch | Refusal:
    properties: Properties | None = None
    try:
        properties = Properties.from_pairs(received.user_properties)
        _check(properties, received.content_type)
        reading = read_batch(received.payload, properties, station=topic.station, stream=topic.name)
    except BatchRefused as error:
        return Refusal(topic.station, received.topic, error.reason, error.text, received.payload, properties)
    return Batch(topic.station, received.topic, properties, reading, received.payload)


def _check(properties: Properties, content_type: str | None) -> None:
    if content_type not in {None, CONTENT_TYPE}:
        raise BatchRefused("bad_properties", f"content type {content_type!r} is not {CONTENT_TYPE}")
    if properties.last >= STRIDE:
        raise BatchRefused("bad_properties", f"seq {properties.last} is above the limit of {STRIDE}")


def _report(topic: Topic, model: type[Presence | Birth | Reported | Live], received: Received) -> Refusal | Report:
    if topic.kind == "live" and len(received.payload) > MAX_LIVE_BYTES:
        return Refusal(topic.station, received.topic, "too_large", "live values", received.payload)
    try:
        document = model.from_object(load_object(received.payload))
    except DocumentError as error:
        return Refusal(topic.station, received.topic, "schema", str(error), received.payload)
    return Report(topic.station, topic.name, document, received.payload.decode(), received.retained)
