"""What REST takes and answers of the audit chain."""

from typing import Annotated, Any, Final

from pydantic import Field

from cloud.platform.shapes import Asked, Day, Shape

#: What every client's numbers hold exactly.
MAX_NUMBER: Final = 2**53 - 1
_PLAIN: Final = r"^[^\x00-\x1f\x7f]*$"


class AuditAsked(Asked):
    """Which rows: `actor`, `action` and `subject` ask for what begins so; days are the market's."""

    since: Day | None = None
    until: Day | None = None
    actor: Annotated[str, Field(max_length=80, pattern=_PLAIN)] = ""
    action: Annotated[str, Field(max_length=64, pattern=_PLAIN)] = ""
    subject: Annotated[str, Field(max_length=160, pattern=_PLAIN)] = ""
    result: Annotated[str, Field(pattern="^(ok|refused|failed)?$")] = ""
    cursor: Annotated[int, Field(ge=1, le=MAX_NUMBER)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class AuditLine(Shape):
    """One row of the chain."""

    number: int
    at: str
    actor: str
    action: str
    subject: str
    result: str
    reason: str
    details: dict[str, Any]
    request: str
    address: str


class AuditPage(Shape):
    """A part of the chain, newest first; `next` is the `cursor` of what follows."""

    items: list[AuditLine]
    next: int | None
