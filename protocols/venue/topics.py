"""Topics `yz/1/...`: the only place that builds or reads one."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from protocols.errors import DocumentError, TopicError
from protocols.venue.ids import check_id, check_slot
from protocols.venue.vocabulary import STREAMS, Stream

ROOT = "yz/1"
CORE_STATE = f"{ROOT}/core/state"

#: A topic longer than this is not ours: the longest of ours has 4 ids of 32 and 40 fixed characters.
MAX_TOPIC_LENGTH = 200

StationTopic = Literal["presence", "birth", "ack", "resend", "rebirth", "gallery"]
TwinTopic = Literal["desired", "reported"]
Kind = Literal[
    "core_state", "presence", "birth", "ack", "resend", "rebirth", "gallery", "up", "live", "twin_desired",
    "twin_reported", "command", "reply", "content",
]  # fmt: skip

_STATION_TOPICS: dict[str, StationTopic] = {name: name for name in get_args(StationTopic)}
_COMMAND_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True)
class Topic:
    """One parsed topic; `station` is empty only for `core_state`, `name` is stream, slot, core, channel or none."""

    kind: Kind
    station: str = ""
    name: str = ""
    command: str = ""


def station_topic(station: str, name: StationTopic) -> str:
    """Return `yz/1/{station}/{name}`."""
    return f"{ROOT}/{check_id(station)}/{name}"


def up(station: str, stream: Stream) -> str:
    """Return the topic of event batches of one stream."""
    return f"{ROOT}/{check_id(station)}/up/{stream}"


def live(station: str, slot: str) -> str:
    """Return the topic of a slot's live values."""
    return f"{ROOT}/{check_id(station)}/{check_id(slot)}/live"


def twin(station: str, side: TwinTopic) -> str:
    """Return the topic of the desired or reported twin."""
    return f"{ROOT}/{check_id(station)}/twin/{side}"


def command(station: str, slot: str, name: str) -> str:
    """Return the topic that carries one command to a slot (`agent`: the station itself)."""
    return f"{ROOT}/{check_id(station)}/{check_slot(slot)}/cmd/{_check_command(name)}"


def reply(station: str, core: str) -> str:
    """Return the response topic for one core."""
    return f"{ROOT}/{check_id(station)}/reply/{check_id(core)}"


def content(station: str, channel: str) -> str:
    """Return the topic of a screen channel's signed manifest."""
    return f"{ROOT}/{check_id(station)}/content/{check_id(channel)}"


def edge_filters(station: str) -> tuple[str, ...]:
    """Return what a station subscribes to, in one packet (D8)."""
    base = f"{ROOT}/{check_id(station)}"
    return (
        CORE_STATE, f"{base}/ack", f"{base}/resend", f"{base}/rebirth", f"{base}/twin/desired",
        f"{base}/+/cmd/+", f"{base}/content/+", f"{base}/gallery",
    )  # fmt: skip


@lru_cache(maxsize=8_192)
def parse_topic(text: str) -> Topic:
    """Return the parts of a topic; anything that is not exactly one of ours is a TopicError."""
    if len(text) > MAX_TOPIC_LENGTH or not text.startswith(f"{ROOT}/"):
        raise TopicError(f"{text[:MAX_TOPIC_LENGTH]!r} is not below {ROOT}/")
    try:
        topic = _parse_levels(text.split("/")[2:])
    except DocumentError as error:
        raise TopicError(f"{text!r}: {error}") from error
    if topic is None:
        raise TopicError(f"{text!r} is not a topic of the venue contract")
    return topic


def _parse_levels(levels: list[str]) -> Topic | None:  # noqa: PLR0911 - a table of shapes
    match levels:
        case ["core", "state"]:
            return Topic("core_state")
        case [station, name] if name in _STATION_TOPICS:
            return Topic(_STATION_TOPICS[name], check_id(station))
        case [station, "up", stream] if stream in STREAMS:
            return Topic("up", check_id(station), stream)
        case [station, "twin", ("desired" | "reported") as side]:
            return Topic("twin_desired" if side == "desired" else "twin_reported", check_id(station))
        case [station, ("reply" | "content") as kind, name]:
            return Topic("reply" if kind == "reply" else "content", check_id(station), check_id(name))
        case [station, slot, "live"]:
            return Topic("live", check_id(station), check_id(slot))
        case [station, slot, "cmd", name]:
            return Topic("command", check_id(station), check_slot(slot), _check_command(name))
        case _:
            return None


def _check_command(name: str) -> str:
    if not _COMMAND_NAME.fullmatch(name):
        raise DocumentError(f"{name!r} is not a command name: use 1-32 of a-z, 0-9, '_' and '-'")
    return name
