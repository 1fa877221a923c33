"""The 256-byte text of an identity card (GA 467 and the residence permits after it): four layouts, UTF-16LE, padded.

The type flag at offset 248 says which: blank a resident, `J` a residence permit of Hong Kong, Macao and Taiwan people,
`I` a foreigner's permanent residence card, `Y` the same of 2023.
"""

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any, Final

from protocols.errors import ParsingError
from protocols.frames.samv import TEXT_BYTES
from protocols.rules.presented import Card, CardKind, CardSex

_FLAG_AT: Final = 248
_DAY: Final = re.compile(r"\d{8}", re.ASCII)
#: Type flag -> layout. `I` is general knowledge; the others were seen.
FLAGS: Final[Mapping[str, CardKind]] = {"": "resident", "J": "hmt", "I": "foreigner", "Y": "foreigner_2023"}
_SEXES: Final[Mapping[str, CardSex]] = {"1": "male", "2": "female"}
#: Instead of an end: the card does not expire.
FOR_EVER: Final = "长期"

_CITIZEN: Final = {
    "name": (0, 30), "sex": (30, 2), "nation": (32, 4), "birth": (36, 16), "address": (52, 70), "number": (122, 36),
    "issuer": (158, 30), "valid_from": (188, 16), "valid_to": (204, 16),
}  # fmt: skip
#: Layout -> field -> (offset, bytes).
LAYOUTS: Final[Mapping[CardKind, Mapping[str, tuple[int, int]]]] = {
    "resident": _CITIZEN,
    "hmt": {**_CITIZEN, "permit_number": (220, 18), "issue_count": (238, 4)},
    "foreigner": {
        "english_name": (0, 120), "sex": (120, 2), "number": (122, 30), "nationality": (152, 6), "name": (158, 30),
        "valid_from": (188, 16), "valid_to": (204, 16), "birth": (220, 16), "version": (236, 4), "issuer": (240, 8),
    },
    "foreigner_2023": {
        "name": (0, 30), "sex": (30, 2), "issue_count": (32, 4), "birth": (36, 16), "english_name": (52, 70),
        "number": (122, 36), "valid_from": (188, 16), "valid_to": (204, 16), "english_more": (220, 22),
        "nationality": (242, 6), "old_number": (250, 6),
    },
}  # fmt: skip
#: Letters of an English name of 2023 that stand in its first field.
_ENGLISH_FIRST: Final = LAYOUTS["foreigner_2023"]["english_name"][1] // 2


def card_from_bytes(text: bytes) -> Card:
    """Return what a text says; a ParsingError names the field, never what stands in it."""
    if len(text) != TEXT_BYTES:
        raise ParsingError(f"a card's text of {len(text)} bytes")
    kind = FLAGS.get(_text(text, "flag", (_FLAG_AT, 2)))
    if kind is None:
        raise ParsingError("a card of a kind that we do not know")
    said = {name: _text(text, name, place) for name, place in LAYOUTS[kind].items()}
    if kind == "foreigner_2023":
        said["english_name"] = _english(text)
        del said["english_more"]
    more: dict[str, Any] = {**said, "sex": _SEXES.get(said["sex"], "unknown")}
    more |= {name: _day(name, said[name]) for name in ("birth", "valid_from")}
    more["valid_to"] = None if said["valid_to"] == FOR_EVER else _day("valid_to", said["valid_to"])
    if not said["number"] or not (said["name"] or said.get("english_name")):
        raise ParsingError("a card without a number or a name")
    return Card(kind=kind, **more)


def card_to_bytes(card: Card) -> bytes:
    """Return the text of a card; what does not fit its field is a ParsingError."""
    said: dict[str, str] = {one.name: _plain(getattr(card, one.name)) for one in fields(Card)}
    said["sex"] = {word: code for code, word in _SEXES.items()}.get(card.sex, "0")
    said["valid_to"] = said["valid_to"] or FOR_EVER
    if card.kind == "foreigner_2023":
        name = said["english_name"]
        said["english_name"], said["english_more"] = name[:_ENGLISH_FIRST], name[_ENGLISH_FIRST:]
    text = bytearray(" ".encode("utf-16-le") * (TEXT_BYTES // 2))
    flag = next(letter for letter, kind in FLAGS.items() if kind == card.kind)
    _put(text, "flag", (_FLAG_AT, 2), flag)
    for name, place in LAYOUTS[card.kind].items():
        _put(text, name, place, said[name])
    return bytes(text)


def _text(text: bytes, name: str, place: tuple[int, int]) -> str:
    return _raw(text, name, place).rstrip(" ")


def _raw(text: bytes, name: str, place: tuple[int, int]) -> str:
    """Return a field with its padding: spaces, on some cards zeros."""
    at, size = place
    try:
        found = text[at : at + size].decode("utf-16-le").replace("\0", " ")
    except UnicodeDecodeError:
        raise ParsingError(f"{name} is no text") from None  # its cause would hold the bytes
    if any(letter < " " or "\x7f" <= letter < "\xa0" for letter in found):
        raise ParsingError(f"{name} holds control characters")
    return found


def _english(text: bytes) -> str:
    """Return an English name of 2023: a space may be the last letter of its first field."""
    layout = LAYOUTS["foreigner_2023"]
    parts = (_raw(text, name, layout[name]) for name in ("english_name", "english_more"))
    return "".join(parts).rstrip(" ")


def _day(name: str, said: str) -> date:
    try:
        return date.fromisoformat(said if _DAY.fullmatch(said) else "")
    except ValueError:
        raise ParsingError(f"{name} is no day") from None


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat().replace("-", "")
    return "" if value is None else str(value)


def _put(text: bytearray, name: str, place: tuple[int, int], value: str) -> None:
    at, size = place
    written = value.encode("utf-16-le")
    if len(written) > size:
        raise ParsingError(f"{name} is longer than {size // 2} letters")
    text[at : at + len(written)] = written
