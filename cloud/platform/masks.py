"""What may be shown of personal data to everybody who may see the record; pure."""

import re
from collections.abc import Callable
from typing import Final

STARS: Final = "****"
_PHONE_HEAD: Final = 3
_PHONE_TAIL: Final = 4
_MOBILE_DIGITS: Final = 11
_ID_HEAD: Final = 4
_ID_TAIL: Final = 4
_ID_LENGTH: Final = 18
#: The end of the street in an address: what follows says which door it is. No street ends with its first character
#: (镇江市).
_STREET: Final = re.compile(r".{2,}?(?:大街|大道|街道|胡同|路|街|巷|弄|镇|乡|村)")


def mask_phone(phone: str) -> str:
    """Return `138****5678`; of a shorter or a fixed number only the last two digits stay."""
    text = phone.strip()
    digits = re.sub(r"\D", "", text)
    if len(digits) == _MOBILE_DIGITS and digits.startswith("1"):
        return f"{digits[:_PHONE_HEAD]}{STARS}{digits[-_PHONE_TAIL:]}"
    area, dash, _ = text.partition("-")
    kept = f"{area}-" if dash and area.startswith("0") else ""
    return f"{kept}{STARS}{digits[-2:]}" if digits else ""


def mask_id_number(number: str) -> str:
    """Return `3211**********1234`; nothing of what is no number of 18 characters."""
    text = number.strip()
    if not text:
        return ""
    if len(text) != _ID_LENGTH:
        return "*" * len(text)
    return f"{text[:_ID_HEAD]}{'*' * (_ID_LENGTH - _ID_HEAD - _ID_TAIL)}{text[-_ID_TAIL:]}"


def mask_address(address: str) -> str:
    """Return the address up to its street; of one without a street its first six characters."""
    text = address.strip()
    street = _STREET.match(text)
    kept = street[0] if street else text[:6]
    return kept if kept == text else kept + STARS


def mask_name(name: str) -> str:
    """Return the family name only: `王**`."""
    text = name.strip()
    return text[:1] + "*" * max(len(text) - 1, 0)


#: Name of a mask -> what it shows.
MASKS: Final[dict[str, Callable[[str], str]]] = {
    "phone": mask_phone,
    "id_number": mask_id_number,
    "address": mask_address,
    "name": mask_name,
}
