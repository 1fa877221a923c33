"""What every way in by phone takes and answers."""

from typing import Annotated

from pydantic import Field

from cloud.identity.phones import Mobile
from cloud.platform.shapes import Asked, Shape

Code = Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class PhoneBody(Asked):
    """Where a code goes."""

    phone: Mobile


class CodeBody(Asked):
    """A code."""

    code: Code


class PhoneCodeBody(Asked):
    """A phone and the code it got."""

    phone: Mobile
    code: Code


class Sent(Shape):
    """A code is on its way, if the number takes messages."""

    sent: bool
    valid_s: int
