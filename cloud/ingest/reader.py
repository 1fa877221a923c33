"""Batches of events read into columns: what is stored of every event, and the few events that mean more.

A batch that is written as our own agents write it is read in one step (ADR 10). All others go to the reader of the
contract, `decode_batch`, which knows all of JSON, judges event by event, and takes three times as long.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from pydantic import ValidationError

from cloud.ingest.handlers import is_heeded, means_more
from protocols.venue.events import Flag, Judged, Properties, decode_batch, is_large, slot_of
from protocols.venue.messages import MESSAGES
from protocols.venue.vocabulary import MAX_INTEGER, ClockTrust, Stream

#: How every agent of ours begins an event, and therefore what stands between two of them.
_BEGIN: Final = '{"specversion":'
_BETWEEN: Final = "}," + _BEGIN

_NEVER: Final = datetime.max.replace(tzinfo=UTC)
#: `0195f3c2-0000-7000-8000-00000000000a`: its length and where its hyphens stand.
_UUID_LENGTH: Final = 36
_HYPHENS: Final = (8, 13, 18, 23)
#: `2026-03-02T01:00:00.000Z`: its length and what stands where.
_TIME_LENGTH: Final = 24
_TIME_MARKS: Final = ((4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":"), (19, "."), (23, "Z"))


@dataclass(slots=True)
class Reading:
    """The events of a batch in order of seq, in columns; `bad` and `flags` are by place in the batch, from 0."""

    texts: list[str]
    #: When each happened; of a bad event anything.
    times: list[datetime]
    #: The source of each event that shows that its slot lives now; None for others.
    heard: list[str | None]
    #: Events that have an effect beside being stored.
    meant: list[Judged] = field(default_factory=list)
    bad: dict[int, Judged] = field(default_factory=dict)
    flags: dict[int, tuple[Flag, ...]] = field(default_factory=dict)


_Count = Annotated[int, msgspec.Meta(ge=0, lt=MAX_INTEGER)]


class Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The envelope of one event as we write it: all members in our order, and no other."""

    specversion: Literal["1.0"]
    id: str
    source: str
    type: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    written_time: str = msgspec.field(name="time")
    datacontenttype: Literal["application/json"]
    epoch: _Count
    stream: Stream
    clock: ClockTrust
    data: dict[str, Any]
    boot_ms: _Count | msgspec.UnsetType = msgspec.UNSET
    seq: _Count
    replay: bool

    @property
    def time(self) -> datetime:
        """When it happened, by the edge's clock."""
        return datetime.fromisoformat(self.written_time)


_DECODER: Final = msgspec.json.Decoder(list[Written])
_ENCODER: Final = msgspec.json.Encoder()


def read_batch(payload: bytes, properties: Properties, *, station: str, stream: str) -> Reading:
    """Return what a batch holds; BatchRefused as `decode_batch`, whose verdicts these are."""
    if properties.stream == stream:
        reading = read_written(payload, properties, station)
        if reading is not None:
            return reading
    return gather(decode_batch(payload, properties, station=station, stream=stream))


def gather(judged: Iterable[Judged]) -> Reading:
    """Return the columns of events that were judged one by one."""
    reading = Reading([], [], [])
    for place, one in enumerate(judged):
        event = one.event
        reading.texts.append(one.text)
        reading.times.append(_NEVER if event is None else event.time)
        reading.heard.append(None if event is None or event.replay or is_heeded(event.type) else event.source)
        if event is None:
            reading.bad[place] = one
        elif means_more(event.type):
            reading.meant.append(one)
        if one.flags:
            reading.flags[place] = one.flags
    return reading


def read_written(payload: bytes, properties: Properties, station: str) -> Reading | None:
    """Return what a batch holds that is written as we write it and in which every event fits, else None.

    Written again it must give the same bytes: then nothing stands in it twice, beside the members or in another form.
    The text is cut where one event ends and the next begins; that cut is the only one possible if it gives as many
    parts as there are events, because an event that holds the mark inside would give one more.
    """
    try:
        events = _DECODER.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if not _are_placed(events, properties, station) or _ENCODER.encode(events) != payload:
        return None
    parts = payload.decode()[len(_BEGIN) + 1 : -2].split(_BETWEEN)
    times = _times([event.written_time for event in events])
    if len(parts) != len(events) or times is None or not _are_uuids([event.id for event in events]):
        return None
    texts = [f"{_BEGIN}{part}}}" for part in parts]
    heeded = {type_ for type_ in {event.type for event in events} if is_heeded(type_)}
    heard = [None if event.replay or event.type in heeded else event.source for event in events]
    reading = Reading(texts, times, heard)
    return None if is_large(max(texts, key=len)) or not _judge_data(events, reading) else reading


def _are_placed(events: list[Written], properties: Properties, station: str) -> bool:
    """Return whether every event stands at its place, in the batch of its own station, stream and epoch."""
    return (
        [event.seq for event in events] == list(range(properties.first, properties.last + 1))
        and {event.stream for event in events} == {properties.stream}
        and max([event.epoch for event in events]) <= properties.epoch
        and all(slot_of(source, station) is not None for source in {event.source for event in events})
    )


def _judge_data(events: list[Written], reading: Reading) -> bool:
    """Return whether the data of every event fit their model, with those noted that mean more."""
    types = {event.type for event in events}
    judges = {type_: MESSAGES[type_].__pydantic_validator__.validate_python for type_ in types if type_ in MESSAGES}
    meaning = {type_ for type_ in types if means_more(type_)}
    try:
        for place, event in enumerate(events):
            if event.type not in judges:
                reading.flags[place] = ("unknown_type",)
                continue
            data = judges[event.type](event.data)
            if data.__pydantic_extra__:
                reading.flags[place] = ("unknown_field",)
            if event.type in meaning:
                flags = reading.flags.get(place, ())
                reading.meant.append(Judged(event.seq, reading.texts[place], event, None, "", flags, data))
    except ValidationError:
        return False
    return True


def _are_uuids(ids: list[str]) -> bool:
    count, joined = len(ids), "".join(ids)
    if set(map(len, ids)) != {_UUID_LENGTH} or joined.lower() != joined:
        return False
    if any(joined[at::_UUID_LENGTH] != "-" * count for at in _HYPHENS):
        return False
    try:
        digits = bytes.fromhex(joined.replace("-", ""))
    except ValueError:
        return False
    # Two hexadecimal digits a byte; fromhex passes over space, and then there are fewer.
    return len(digits) * 2 == (_UUID_LENGTH - len(_HYPHENS)) * count


def _times(texts: list[str]) -> list[datetime] | None:
    count, joined = len(texts), "".join(texts)
    if set(map(len, texts)) != {_TIME_LENGTH} or not joined.isascii():
        return None
    if any(joined[at::_TIME_LENGTH] != mark * count for at, mark in _TIME_MARKS):
        return None
    try:
        return list(map(datetime.fromisoformat, texts))
    except ValueError:
        return None
