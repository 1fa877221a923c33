"""Numbers as people write them: 28, 2.5, 二十八, 两千, 三千五, 5k. Pure."""

from typing import Final

_ONES, _TENS = "零一二两三四五六七八九", "十百千万"
_REST: Final = rf"(?:零?[{_ONES}]?[{_TENS}])*(?:零?[{_ONES}])?"
#: A number in a pattern, never a part of one (possessive); `number` reads what it matches. It begins with a set of
#: characters, which is what lets an expression skip to the next number.
NUMBER: Final = (
    rf"[0-9{_ONES}{_TENS}](?<![0-9.][0-9])(?:(?<=[0-9])[0-9]{{0,5}}+(?:\.[0-9]{{1,2}}+)?+"
    rf"|(?<![0-9])(?>(?:(?:(?<=[{_TENS}])|[{_TENS}]){_REST})?))"
)
_DIGITS: Final = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"两": 2}
_UNITS: Final = {"十": 10, "百": 100, "千": 1_000, "万": 10_000}


def number(text: str) -> float:
    """Return the value of a number; 0 for what is none."""
    try:
        return float(text)
    except ValueError:
        return float(_chinese(text))


def _chinese(text: str) -> int:
    """Return the value of a Chinese numeral; a last digit without unit counts the next lower one (三千五 is 3500)."""
    total, digit, unit = 0, 0, 1
    for character in text:
        if character in _UNITS:
            unit = _UNITS[character]
            total = (total + digit) * unit if unit == _UNITS["万"] else total + (digit or 1) * unit
            digit = 0
        else:
            digit = _DIGITS.get(character, 0)
            if character == "零":
                unit = 10
    return total + digit * (unit // 10 if unit > _UNITS["十"] else 1)
