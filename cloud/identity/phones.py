"""Mobile numbers and names, as people write them. Pure."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints

_MOBILE: Final = re.compile(r"1[3-9]\d{9}", re.ASCII)


def mobile(value: str) -> str:
    """Return a mobile number without blanks, dashes and +86."""
    digits = re.sub(r"[\s-]", "", value).removeprefix("+86")
    if not _MOBILE.fullmatch(digits):
        raise ValueError("请填写 11 位手机号")
    return digits


#: A mobile number of the mainland: codes go nowhere else.
Mobile = Annotated[str, Field(max_length=20), AfterValidator(mobile)]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50, pattern=r"^[^\x00-\x1f\x7f]*$")
]
