"""Numbers that pass every check and are nobody's: credit codes, ID numbers, telephones; a bijection to tell them apart.

* A credit code (GB 32100-2015) has the area of Zhenjiang and an organisation's code `MA0…`, the block of another
  province: no firm has both.
* An ID number (GB 11643-1999) has an order of 800-989 within its area and day, where no registry of this size arrives.
* A mobile number begins with 161, a landline number within the area with 0: neither is given out.
"""

import string
from datetime import date
from typing import Final

#: Digits and capitals without I, O, S, V, Z (GB 32100-2015).
_BASE_31: Final = "".join(sorted({*string.digits, *string.ascii_uppercase} - {*"IOSVZ"}))
_VALUES_31: Final = {character: value for value, character in enumerate(_BASE_31)}
_WEIGHTS_31: Final = tuple(pow(3, place, 31) for place in range(17))
#: Weights of GB 11714-1997 over base 36.
_WEIGHTS_ORGANISATION: Final = (3, 7, 9, 10, 5, 8, 4, 2)
_WEIGHTS_ID: Final = tuple(pow(2, 17 - place, 11) for place in range(17))
_CHECKS_ID: Final = "10X98765432"

#: How many firms have a code: five places of base 31 behind `MA0`.
MAX_FIRMS: Final = 31**5
FIRST_ORDER: Final = 800
ORDERS: Final = 95
DAYS: Final = 365
#: Areas of the market's own people: districts and county-level cities of Zhenjiang.
AREAS: Final = ("321102", "321111", "321112", "321181", "321182", "321183")
#: Where others come from: counties around, and of provinces that send workers.
ELSEWHERE: Final = ("320981", "320831", "321283", "341125", "341182", "411525", "420922", "512021")
#: How many people can be told apart whatever years they were born in.
MAX_PEOPLE: Final = DAYS * ORDERS * len(AREAS)
#: Odd and without a common divisor with the sizes above: neighbours in number do not look alike.
_STRIDE: Final = 48_271


def spread(number: int, seed: int, size: int) -> int:
    """Return another number below `size`, each once, for each number below `size`."""
    return (number * _STRIDE + seed) % size


def credit_code(area: str, number: int) -> str:
    """Return the unified social credit code of the `number`-th enterprise of an area."""
    organisation = "MA0"
    for place in range(4, -1, -1):
        organisation += _BASE_31[number // 31**place % 31]
    body = "91" + area + organisation + _organisation_check(organisation)
    total = sum(_VALUES_31[character] * weight for character, weight in zip(body, _WEIGHTS_31, strict=True))
    return body + _BASE_31[(31 - total % 31) % 31]


def _organisation_check(code: str) -> str:
    total = sum(int(character, 36) * weight for character, weight in zip(code, _WEIGHTS_ORGANISATION, strict=True))
    rest = 11 - total % 11
    return "0" if rest == 11 else "X" if rest == 10 else str(rest)  # noqa: PLR2004 - of the standard


def id_number(area: str, birth: date, order: int) -> str:
    """Return the ID number of the `order`-th registered of an area and day; an odd order is a man's."""
    body = f"{area}{birth:%Y%m%d}{order:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS_ID, strict=True))
    return body + _CHECKS_ID[total % 11]


def mobile(number: int) -> str:
    """Return a mobile number of a block that nobody has."""
    return f"161{number % 10**8:08d}"


def landline(number: int) -> str:
    """Return a number of Zhenjiang's that cannot be dialled."""
    return f"0511-0{number % 10**7:07d}"
