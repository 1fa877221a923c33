"""The interface to an SMS gateway: JSON over HTTP, each request signed as Chinese providers sign theirs.

The sender's id of a message is the key under which the gateway takes it once: the same id again is answered with what
became of it. Delivery reports come back the same way, signed with the same secret.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from protocols.errors import SignatureRefused

#: POST a message here, GET `MESSAGES_PATH/{id}` for its state.
MESSAGES_PATH: Final = "/v1/messages"
SCHEME: Final = "YZ-HMAC-SHA256"
#: A request older or newer than this is refused, s.
MAX_SKEW_S: Final = 300
#: Characters of one short message, and of each part of a longer one (UCS-2).
SINGLE_CHARS: Final = 70
PART_CHARS: Final = 67

_HEADER: Final = re.compile(
    rf"{SCHEME} KeyId=(?P<key>[A-Za-z0-9._-]{{1,64}}), Timestamp=(?P<time>[0-9]{{1,12}}), "
    r"Nonce=(?P<nonce>[A-Za-z0-9]{16,64}), Signature=(?P<signature>[0-9a-f]{64})"
)

MessageId = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")]
#: `accepted` is on its way, the other two are final.
SmsState = Literal["accepted", "delivered", "failed"]


class SmsMessage(BaseModel):
    """One message: an approved template of this account and its values; the gateway knows the text."""

    model_config = ConfigDict(extra="forbid")

    id: MessageId
    phone: Annotated[str, Field(pattern=r"^1[3-9][0-9]{9}$")]
    sign: Annotated[str, Field(min_length=2, max_length=16)]
    template: Annotated[str, Field(min_length=1, max_length=32)]
    params: dict[str, Annotated[str, Field(max_length=100)]]


class SmsStatus(BaseModel):
    """What the gateway knows of a message; `code` says why it failed."""

    model_config = ConfigDict(extra="forbid")

    id: MessageId
    state: SmsState
    receipt: Annotated[str, Field(max_length=64)]
    cost_fen: Annotated[int, Field(ge=0, le=100_000)] = 0
    code: Annotated[str, Field(max_length=64)] = ""


class SmsRefusal(BaseModel):
    """Why the gateway did not take a request."""

    model_config = ConfigDict(extra="ignore")

    code: Annotated[str, Field(max_length=64)]
    text: Annotated[str, Field(max_length=300)] = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What a signature covers."""

    method: str
    path: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that fits: whose, and the number that its owner uses once."""

    key_id: str
    nonce: str


def authorization(request: Request, key_id: str, secret: bytes, time_s: int, nonce: str) -> str:
    """Return the Authorization header; `time_s` is Unix time, `nonce` 16 to 64 letters and digits used once."""
    signature = _signature(request, secret, time_s, nonce)
    return f"{SCHEME} KeyId={key_id}, Timestamp={time_s}, Nonce={nonce}, Signature={signature}"


def verify(header: str, request: Request, secrets: Mapping[str, bytes], now_s: float) -> Signed:
    """Return who signed `request`; SignatureRefused says what is wrong. Whether the nonce is new is for the caller."""
    parts = _HEADER.fullmatch(header)
    if parts is None:
        raise SignatureRefused("malformed", f"write {SCHEME} KeyId=…, Timestamp=…, Nonce=…, Signature=…")
    time_s = int(parts["time"])
    if abs(now_s - time_s) > MAX_SKEW_S:
        raise SignatureRefused("stale", f"the request's time is more than {MAX_SKEW_S} s away from ours")
    secret = secrets.get(parts["key"])
    # Compared with something in any case: whether a key exists is not told by the time this takes.
    expected = _signature(request, secret or b"nobody's", time_s, parts["nonce"])
    if not hmac.compare_digest(expected, parts["signature"]) or secret is None:
        raise SignatureRefused("wrong", "the signature does not fit")
    return Signed(parts["key"], parts["nonce"])


def segments(text: str) -> int:
    """Return how many short messages a text costs."""
    return 1 if len(text) <= SINGLE_CHARS else -(-len(text) // PART_CHARS)


def _signature(request: Request, secret: bytes, time_s: int, nonce: str) -> str:
    digest = hashlib.sha256(request.body).hexdigest()
    canonical = "\n".join((SCHEME, str(time_s), nonce, request.method, request.path, digest))
    return hmac.new(secret, canonical.encode(), hashlib.sha256).hexdigest()
