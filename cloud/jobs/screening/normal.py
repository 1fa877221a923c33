"""One spelling of what people write in many: half width, lower case, simplified, nothing put between characters.

Pure. Every character of the normal text knows its place in the text as sent.
"""

import re
import unicodedata
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

#: Pictures and rare characters that stand for a word.
_SIGNS: Final[dict[str, str]] = {
    "🚹": "♂",
    "👨": "♂",
    "👦": "♂",
    "🚺": "♀",
    "👩": "♀",
    "👧": "♀",
    "囡": "女",
    "钕": "女",
    "侽": "男",
    "於": "于",
    "後": "后",
    "乾": "干",
    "—": "-",
    "–": "-",
    "―": "-",
    "~": "-",
}
#: Between two characters these part words at most; alone between single characters they only hide a word.
_FILLERS: Final = frozenset(" \t\u3000·•・∙*_^#'\"`=|\\…★☆●◆■□♥❤")
#: The end of a sentence, whatever it is written with.
_STOPS: Final = frozenset("。;!?\n\r")
#: Three or more single characters parted by one sign each: `限-男-工`.
_SPELLED: Final = re.compile(r"(?<![\u4e00-\u9fff])[\u4e00-\u9fff](?:[-/、,.][\u4e00-\u9fff]){2,}(?![\u4e00-\u9fff])")
#: Without it no text has one; it is found much sooner.
_PARTED: Final = re.compile(r"[-/、,.][\u4e00-\u9fff][-/、,.]")
_FIRST_HAN, _LAST_HAN = "\u3400", "\u9fff"


@dataclass(frozen=True, slots=True)
class Normal:
    """A text in one spelling: `origin[i]` is the place in the text as sent that character `i` is from."""

    text: str
    origin: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where a part of the normal text stands in the text as sent, half-open code points."""
        return self.origin[start], self.origin[end - 1] + 1


class _Characters(dict[int, str]):
    """Code point -> its normal spelling, worked out when first asked; there are no more than Unicode has."""

    def __init__(self) -> None:
        super().__init__({ord(sign): meaning for sign, meaning in _SIGNS.items()})
        #: Characters that become none or several: a text without them keeps every place.
        self.odd: set[str] = set()

    def __missing__(self, code: int) -> str:
        character = chr(code)
        form: Literal["NFKD", "NFKC"] = "NFKD" if character < _FIRST_HAN else "NFKC"  # a letter loses its tone: nǚ
        plain = "".join(_plain(part) for part in unicodedata.normalize(form, character).lower())
        if len(plain) != 1:
            self.odd.add(character)
        self[code] = plain
        return plain


_NORMAL: Final = _Characters()


def normalise(text: str) -> Normal:
    """Return the normal spelling of a text; a filler that parts words is one space, one that hides them is gone."""
    joined = text.translate(_NORMAL)
    origin: Sequence[int] = range(len(text))
    if len(joined) != len(text) or not _NORMAL.odd.isdisjoint(text):
        origin = [place for place, character in enumerate(text) for _ in _NORMAL[ord(character)]]
    if " " in joined:
        joined, origin = _keep(joined, origin, _kept_spaces(joined))
    if _PARTED.search(joined) and _SPELLED.search(joined):
        joined, origin = _keep(joined, origin, _kept_signs(joined))
    return Normal(joined, origin)


def _plain(character: str) -> str:
    """Return one half-width lower-case character in its normal spelling; nothing for what cannot be seen."""
    if character in _STOPS:
        return "。"
    if character in _FILLERS or character.isspace():
        return " "
    if unicodedata.category(character) in {"Cf", "Mn", "Me", "Cc"}:
        return ""
    if _FIRST_HAN <= character <= _LAST_HAN:
        return _simplified(character)
    return _SIGNS.get(character, character)


def _simplified(character: str) -> str:
    """Return the simplified form; the table of traditional characters is read when the first one comes."""
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        from zhconv import convert  # noqa: PLC0415 - most texts never need it

        with warnings.catch_warnings(action="ignore", category=ResourceWarning):  # it leaves its table open once
            return str(convert(character, "zh-cn"))
    return _SIGNS.get(character, character)


def _keep(text: str, origin: Sequence[int], kept: list[int]) -> tuple[str, Sequence[int]]:
    return "".join(text[place] for place in kept), [origin[place] for place in kept]


def _kept_spaces(text: str) -> list[int]:
    """Return the places that stay when spaces between spelled-out characters go and others become one."""
    single = _single_runs(text)
    kept: list[int] = []
    for place, character in enumerate(text):
        if character == " " and (place in single or not kept or text[kept[-1]] == " "):
            continue
        kept.append(place)
    return kept


def _single_runs(text: str) -> set[int]:
    """Return the spaces beside a run of two or more single characters that only spaces part (`只 要 男 的`)."""
    parts = [(match.start(), match.end()) for match in re.finditer(r"[^ 。,:()]+", text)]
    hidden: set[int] = set()
    for (start, end), (following, stop) in pairwise(parts):
        between = text[end:following]
        if between.strip(" ") == "" and end - start == 1 and stop - following == 1:
            hidden.update(range(end, following))
            hidden.update(_spaces_before(text, start))
            hidden.update(_spaces_after(text, stop))
    return hidden


def _spaces_before(text: str, place: int) -> range:
    first = len(text[:place].rstrip(" "))
    return range(first, place)


def _spaces_after(text: str, place: int) -> range:
    return range(place, len(text) - len(text[place:].lstrip(" ")))


def _kept_signs(text: str) -> list[int]:
    hidden = {
        match.start() + offset
        for match in _SPELLED.finditer(text)
        for offset in range(1, match.end() - match.start(), 2)
    }
    return [place for place in range(len(text)) if place not in hidden]
