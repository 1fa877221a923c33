"""The question to a service that checks names: JSON over HTTP, both ways signed with one secret.

No national service publishes its interface; this is the shape that an operator's adapter answers (ADR 0018).
"""

import hashlib
import hmac
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from protocols.errors import DocumentError
from protocols.venue.strict_json import load_object

CHECK_PATH: Final = "/v1/checks"
SIGNATURE_HEADER: Final = "Yizhan-Signature"
#: An answer is about 150 bytes.
MAX_ANSWER_BYTES: Final = 4_096

RequestId = Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]


class Question(BaseModel):
    """Do this name and number belong together? `ticket` is what the person's own app of the service gave him."""

    model_config = ConfigDict(extra="forbid")

    app: Annotated[str, Field(min_length=1, max_length=64)]
    request: RequestId
    name: Annotated[str, Field(min_length=1, max_length=100)]
    id_number: Annotated[str, Field(pattern=r"^\d{17}[\dX]$")]
    ticket: Annotated[str, Field(max_length=512)] = ""


class Answer(BaseModel):
    """`present` is true when the ticket proves that the person himself was there."""

    model_config = ConfigDict(extra="ignore")

    request: RequestId
    result: Literal["match", "mismatch"]
    present: bool = False
    reference: Annotated[str, Field(max_length=64)] = ""


def signature(secret: bytes, body: bytes) -> str:
    """Return what stands in the header: HMAC-SHA256 in hex."""
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


def read_answer(secret: bytes, body: bytes, given: str, request: str) -> Answer:
    """Return an answer to `request`; DocumentError when it is not one, or not from who has the secret."""
    if not hmac.compare_digest(signature(secret, body), given):
        raise DocumentError("the answer is not signed with our secret")
    try:
        answer = Answer.model_validate(load_object(body))
    except ValueError as error:
        raise DocumentError(f"the answer is not in form: {error}") from error
    if answer.request != request:
        raise DocumentError("the answer is to another request")
    return answer
