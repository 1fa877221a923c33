"""What one command asks for, taken from its message and judged before anything is run (W19, W23, D22). No I/O."""

import json
import uuid
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from edge.errors import EdgeError
from edge.uplink import Incoming
from protocols.errors import DocumentError, TopicError
from protocols.venue.commands import MAX_ARGS_BYTES, MAX_EXPIRY_S, Command, FailCode, RejectCode
from protocols.venue.timestamps import format_time, parse_time
from protocols.venue.topics import parse_topic
from protocols.venue.vocabulary import Kind

#: A reason's text is cut here.
MAX_TEXT: Final = 300


class BadRequest(EdgeError):  # noqa: N818 - an answer to the cloud
    """A message lacks what the contract demands: not run; `command_id` and `topic` are None where unusable."""

    def __init__(self, text: str, command_id: str | None, topic: str | None) -> None:
        super().__init__(text)
        self.command_id = command_id
        self.topic = topic


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended: one of the five terminal states, with a result or a reason."""

    state: str
    result: dict[str, Any] | None = None
    reason: dict[str, str] | None = None

    def members(self) -> dict[str, Any]:
        """Return the members that are set, as reply and event carry them."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def rejected(code: RejectCode, text: str) -> Outcome:
    """Return the outcome of a command that will not be run."""
    return Outcome("rejected", reason={"code": code, "text": text[:MAX_TEXT]})


def failed(code: FailCode, text: str) -> Outcome:
    """Return the outcome of a command that was tried."""
    return Outcome("failed", reason={"code": code, "text": text[:MAX_TEXT]})


def interrupted(text: str) -> Outcome:
    """Return the outcome of a command whose effect began and of which nobody knows the end (W21)."""
    return Outcome("indeterminate", reason={"code": "interrupted", "text": text[:MAX_TEXT]})


def expired(text: str) -> Outcome:
    """Return the outcome of a command that came too late to be run (W23)."""
    return Outcome("expired", reason={"code": "expired", "text": text})


@dataclass(frozen=True, slots=True)
class Request:
    """One command as the ledger keeps it; `expires_at` is when its Message Expiry runs out, on the station's clock."""

    id: str
    slot: str
    kind: Kind
    name: str
    args: dict[str, Any]
    topic: str
    received_at: datetime
    expires_at: datetime
    timeout_s: float
    step_timeout_s: float

    def same_as(self, other: "Request") -> bool:
        """Return whether both ask for the same thing; one id with two meanings is refused (D21)."""
        return (self.slot, self.name, self.args) == (other.slot, other.name, other.args)

    def to_text(self) -> str:
        """Return the request as JSON."""
        members = asdict(self)
        for name in ("received_at", "expires_at"):
            members[name] = format_time(members[name])
        return json.dumps(members, ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> "Request":
        """Return what `to_text` wrote."""
        members = json.loads(text)
        for name in ("received_at", "expires_at"):
            members[name] = parse_time(members[name])
        return cls(**members)


def read_request(message: Incoming, station: str, kind: Kind, now: datetime) -> tuple[Request, Command]:
    """Return what a message asks for; BadRequest if it must not be run whatever it says (D22)."""
    topic = _own_reply_topic(message.response_topic, station)
    correlation = _uuid(message.correlation)
    try:
        command = Command.from_bytes(message.payload)
    except DocumentError as error:
        raise BadRequest(str(error), correlation, topic) from error
    problem = _problem(message, command, topic, correlation)
    if problem or topic is None or message.expiry_s is None:
        raise BadRequest(problem, command.id, topic)
    request = Request(
        id=command.id,
        slot=message.topic.name,
        kind=kind,
        name=command.name,
        args=command.args,
        topic=topic,
        received_at=now,
        expires_at=now + timedelta(seconds=message.expiry_s),
        timeout_s=command.timeout_s,
        step_timeout_s=command.step_timeout_s,
    )
    return request, command


def _problem(message: Incoming, command: Command, topic: str | None, correlation: str | None) -> str:
    """Return what makes a well-formed command unusable, empty if nothing does."""
    if topic is None:
        return "the Response Topic is missing or not one of this station"
    if correlation != command.id:
        return "the Correlation Data is missing or is not the command's id"
    if message.expiry_s is None or message.expiry_s > MAX_EXPIRY_S:
        return f"the Message Expiry is missing or above {MAX_EXPIRY_S} s"
    if command.name != message.topic.command:
        return f"the topic says {message.topic.command!r}, the command {command.name!r}"
    if len(json.dumps(command.args).encode()) > MAX_ARGS_BYTES:
        return f"the arguments are larger than {MAX_ARGS_BYTES} bytes"
    return ""


def _own_reply_topic(text: str | None, station: str) -> str | None:
    """Return a Response Topic if it is one below this station's `reply`; no other is ever used."""
    try:
        topic = parse_topic(text or "")
    except TopicError:
        return None
    return text if topic.kind == "reply" and topic.station == station else None


def _uuid(correlation: bytes | None) -> str | None:
    try:
        return str(uuid.UUID((correlation or b"").decode("ascii")))
    except ValueError:
        return None
