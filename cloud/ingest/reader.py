"""Batches as our own agents write them, read in one step (ADR 10); all others are left to the reader that knows JSON.

`decode_batch` takes 6 µs an event, most of it in one Python object per member; this reader takes 2. It takes a batch
only if it can prove that the other one would give the same verdicts: no escapes, no member twice, every event fits.
"""

from datetime import datetime
from itertools import repeat
from typing import Annotated, Any, Final, Literal

import msgspec
from pydantic import ValidationError

from protocols.errors import DocumentError
from protocols.venue.events import Flag, Judged, Properties, decode_batch, is_large, slot_of
from protocols.venue.messages import MESSAGES, Data
from protocols.venue.strict_json import text_of
from protocols.venue.vocabulary import MAX_INTEGER, ClockTrust, Stream

_COUNT = Annotated[int, msgspec.Meta(ge=0, lt=MAX_INTEGER)]

#: How every agent of ours begins an event, and therefore what stands between two of them.
_BEGIN: Final = '{"specversion":'
_BETWEEN: Final = "}," + _BEGIN
#: With one of these a text may have other names, or more of them, than a count of `":` tells.
_UNUSUAL: Final = (("\\", "\\"), ("\t", "\t"), ("\n", "\n"), ("\r", "\r"), (" ", " :"))

#: `0195f3c2-0000-7000-8000-00000000000a`: its length and where its hyphens stand.
_UUID_LENGTH: Final = 36
_HYPHENS: Final = (8, 13, 18, 23)
#: `2026-03-02T01:00:00.000Z`: its length and what stands where.
_TIME_LENGTH: Final = 24
_TIME_MARKS: Final = ((4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":"), (19, "."), (23, "Z"))


class Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """The envelope of one event as we write it: all members, and no other."""

    specversion: Literal["1.0"]
    id: str
    source: str
    type: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    written_time: str = msgspec.field(name="time")
    datacontenttype: Literal["application/json"]
    epoch: _COUNT
    stream: Stream
    clock: ClockTrust
    data: dict[str, Any]
    seq: _COUNT
    replay: bool
    boot_ms: _COUNT | msgspec.UnsetType = msgspec.UNSET

    @property
    def time(self) -> datetime:
        """When it happened, by the edge's clock."""
        return datetime.fromisoformat(self.written_time)


#: Members that every event has.
_MEMBERS: Final = len(Written.__struct_fields__) - 1
_DECODER: Final = msgspec.json.Decoder(list[Written])


def read_batch(payload: bytes, properties: Properties, *, station: str, stream: str) -> list[Judged]:
    """Return every event of a batch with its verdict; BatchRefused as `decode_batch`, whose verdicts these are."""
    if properties.stream == stream:
        quick = read_written(payload, properties, station)
        if quick is not None:
            return quick
    return decode_batch(payload, properties, station=station, stream=stream)


def read_written(payload: bytes, properties: Properties, station: str) -> list[Judged] | None:
    """Return the verdicts on a batch that is written as we write it and holds good events only, else None.

    The text is cut where one event ends and the next begins. That cut is the only one possible if it gives as many
    parts as the array has elements: an event that held the mark inside would give one more.
    """
    try:
        text = text_of(payload)
        events = _DECODER.decode(payload)
    except (DocumentError, msgspec.DecodeError):
        return None
    if not text.startswith("[" + _BEGIN) or not text.endswith("}]") or _is_unusual(text):
        return None
    parts = text[len(_BEGIN) + 1 : -2].split(_BETWEEN)
    if len(parts) != len(events) or not _are_placed(events, properties, station) or not _are_plain(text, events):
        return None
    data = _data_of(events)
    if data is None:
        return None
    texts = [f"{_BEGIN}{part}}}" for part in parts]
    if is_large(max(texts, key=len)):
        return None
    models, flags = data
    seqs = range(properties.first, properties.last + 1)
    return list(map(Judged, seqs, texts, events, repeat(None), repeat(""), flags, models))


def _is_unusual(text: str) -> bool:
    # Most batches do not have the first character at all, which is found faster than two.
    return any(first in text and mark in text for first, mark in _UNUSUAL)


def _are_placed(events: list[Written], properties: Properties, station: str) -> bool:
    """Return whether every event stands at its place in the batch and in the batch of its own station."""
    return (
        [event.seq for event in events] == list(range(properties.first, properties.last + 1))
        and {event.stream for event in events} == {properties.stream}
        and max(event.epoch for event in events) <= properties.epoch
        and all(slot_of(source, station) is not None for source in {event.source for event in events})
    )


def _are_plain(text: str, events: list[Written]) -> bool:
    """Return whether ids and times have the form we write, and no member stands twice.

    Without escapes each `":` is the end of a name; a text that begins with a colon has one more, and the other reader
    decides. msgspec keeps the last of two members, so then there are fewer members than names.
    """
    members = sum(len(event.data) for event in events) + _MEMBERS * len(events)
    members += sum(event.boot_ms is not msgspec.UNSET for event in events)
    if text.count("{") != 2 * len(events):
        members += sum(_count_inside(event.data) for event in events)
    return (
        text.count('":') == members
        and _are_uuids([event.id for event in events])
        and _are_times([event.written_time for event in events])
    )


def _count_inside(value: dict[str, Any] | list[Any]) -> int:
    """Return how many members the objects inside a value have."""
    inner = [one for one in (value.values() if isinstance(value, dict) else value) if isinstance(one, dict | list)]
    return sum((len(one) if isinstance(one, dict) else 0) + _count_inside(one) for one in inner)


def _are_uuids(ids: list[str]) -> bool:
    count, joined = len(ids), "".join(ids)
    if any(len(one) != _UUID_LENGTH for one in ids) or joined.lower() != joined:
        return False
    if any(joined[at::_UUID_LENGTH] != "-" * count for at in _HYPHENS):
        return False
    try:
        digits = bytes.fromhex(joined.replace("-", ""))
    except ValueError:
        return False
    # Two hexadecimal digits a byte; fromhex passes over space, and then there are fewer.
    return len(digits) * 2 == (_UUID_LENGTH - len(_HYPHENS)) * count


def _are_times(times: list[str]) -> bool:
    count, joined = len(times), "".join(times)
    if any(len(one) != _TIME_LENGTH for one in times) or not joined.isascii():
        return False
    if any(joined[at::_TIME_LENGTH] != mark * count for at, mark in _TIME_MARKS):
        return False
    try:
        for one in times:
            datetime.fromisoformat(one)
    except ValueError:
        return False
    return True


def _data_of(events: list[Written]) -> tuple[list[Data | None], list[tuple[Flag, ...]]] | None:
    """Return the data of every event as their models, and their flags; None when some do not fit."""
    models: list[Data | None] = []
    flags: list[tuple[Flag, ...]] = []
    try:
        for event in events:
            model = MESSAGES.get(event.type)
            data = None if model is None else model.__pydantic_validator__.validate_python(event.data)
            models.append(data)
            if data is None:
                flags.append(("unknown_type",))
            else:
                flags.append(("unknown_field",) if data.__pydantic_extra__ else ())
    except ValidationError:
        return None
    return models, flags
