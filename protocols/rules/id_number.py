"""The citizen's ID number of GB 11643-1999: area (6), birth date (8), order (3, odd for men), check character.

Numbers of 15 digits are refused: their cards ended in 2013.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from protocols.rules.errors import RuleError

Sex = Literal["male", "female"]

#: Nobody may be introduced to work below this age (Provisions on the Prohibition of Using Child Labour, art. 2, 4).
WORKING_AGE: Final = 16
#: From here on a worker is not a minor any more (Labour Law, art. 58).
ADULT_AGE: Final = 18
#: The oldest person alive was born later than this.
_FIRST_YEAR: Final = 1900
_FORM: Final = re.compile(r"[1-9]\d{16}[\dX]", re.ASCII)
#: ISO 7064 MOD 11-2: weight of place i from the right, the check character's own being 0, is 2^i mod 11.
_WEIGHTS: Final = tuple(pow(2, 17 - place, 11) for place in range(17))
_CHECKS: Final = "10X98765432"


class BadIdNumber(RuleError):  # noqa: N818 - it names what was found
    """This is nobody's ID number: ask for it again. The text never repeats the number."""


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A number that passed, in capitals, and what it says."""

    text: str
    area: str
    birth: date
    sex: Sex


def parse_id_number(text: str, today: date) -> IdNumber:
    """Return what an ID number says; BadIdNumber when form, date or check character is wrong."""
    number = text.strip().upper()
    if not _FORM.fullmatch(number):
        raise BadIdNumber("身份证号为 18 位：17 位数字加 1 位数字或 X")
    if _CHECKS[sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11] != number[-1]:
        raise BadIdNumber("身份证号的校验位不对，请核对")
    try:
        birth = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError as error:
        raise BadIdNumber("身份证号中的出生日期不存在，请核对") from error
    if not date(_FIRST_YEAR, 1, 1) <= birth <= today:
        raise BadIdNumber("身份证号中的出生日期不可能，请核对")
    return IdNumber(number, number[:6], birth, "male" if int(number[16]) % 2 else "female")


def age_on(birth: date, day: date) -> int:
    """Return full years of age; who was born on 29 February completes one on 1 March of other years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
