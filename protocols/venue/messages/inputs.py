"""What was laid on or held before a kiosk's reader, without a word of who did (ADR 30)."""

from typing import Literal

from protocols.rules.codes import CodeKind
from protocols.rules.identity import Judgement
from protocols.rules.presented import BadScanReason, CardKind
from protocols.venue.document import Uuid
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
