"""What was laid on or held before a kiosk's reader, without a word of who did (ADR 30)."""

from typing import Annotated, Literal

from pydantic import Field

from protocols.rules.codes import CodeKind
from protocols.rules.identity import Judgement
from protocols.rules.presented import BadScanReason, CardKind
from protocols.venue.document import Count, Ordinal, Uuid
from protocols.venue.messages.common import Data


class CardRead(Data):
    """An identity card was read; `page` is the kiosk whose page showed it. No name, number, birth date or sex."""

    read: Uuid
    #: None: it could not be read.
    card: CardKind | None
    outcome: Judgement | Literal["unreadable"]
    page: str


class CodeScanned(Data):
    """A code was scanned; `ref` and `source` are public ids that our own codes carry. No text, no pass."""

    read: Uuid
    #: None: it was refused.
    code: CodeKind | None
    outcome: Literal["taken"] | BadScanReason
    ref: str = ""
    source: str = ""
    page: str


class DocumentCaptured(Data):
    """A picture of a document was taken and stays on its machine for `keep_s`; the hash names it. No picture."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    bytes: Ordinal
    width: Ordinal
    height: Ordinal
    sharpness: Count
    keep_s: Ordinal
