"""From a normal text to a line of kinds: one letter for each known word, so that a rule is a short pattern over kinds.

Pure. A word may belong to several classes; the set of classes it belongs to is its kind, written as one letter.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from string import ascii_letters, digits
from typing import Final

#: Letters of the line that are no words: a character that says nothing, a number, ends and joints.
OTHER, NUMBER, STOP, COMMA, SPACE, COLON, PAREN, JOINT = ".", "n", "B", "C", "W", ":", "P", "L"
_SIGNS: Final[dict[str, str]] = {
    "。": STOP,
    ",": COMMA,
    " ": SPACE,
    ":": COLON,
    **dict.fromkeys("()[]【】<>《》{}「」", PAREN),
    **dict.fromkeys("、/-+&和或及与跟", JOINT),
}
_DIGITS: Final = re.compile(r"\d+(?:\.\d+)?")
_CHINESE_DIGITS: Final = re.compile(r"[零一二两三四五六七八九十百千万半]+")
_NUMERALS: Final = frozenset("0123456789零一二两三四五六七八九十百千万半")
#: Letters of kinds: below 256, so that a line is one byte a letter and a set of them a bit map; none means anything in
#: the notation or in a regular expression.
_LETTERS: Final = [
    *(chr(code) for code in range(1, 256) if not chr(code).isascii() or not chr(code).isprintable()),
    *(sign for sign in ascii_letters + digits if sign not in {NUMBER, STOP, COMMA, SPACE, PAREN, JOINT}),
]
_LATIN: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_BRACES: Final = re.compile(r"\{([^{}]*)\}")
#: Spellings of one word in pinyin are all mixtures; of longer words there would be too many.
MAX_SPELLED_CHARACTERS: Final = 4

Kind = str


@dataclass(frozen=True, slots=True)
class Line:
    """The kinds of a text, one letter a token, and where each token begins and ends in the normal text."""

    kinds: str
    starts: list[int]
    ends: list[int]


class Lexicon:
    """All words, found by their first character, the longest first."""

    def __init__(self, words: Mapping[str, Iterable[str]]) -> None:
        """Take class -> words."""
        classes: dict[str, set[str]] = {}
        for name, members in words.items():
            for word in members:
                classes.setdefault(word, set()).add(name)
        sets = sorted({tuple(sorted(names)) for names in classes.values()})
        letters = dict(zip(sets, _LETTERS, strict=False))
        if len(letters) < len(sets):
            raise ValueError(f"{len(sets)} kinds of words, there are letters for {len(letters)}")
        self._kinds: dict[str, str] = {}
        for names, letter in letters.items():
            for name in names:
                self._kinds[name] = self._kinds.get(name, "") + letter
        self._words = {word: letters[tuple(sorted(of))] for word, of in classes.items()}
        self._latin = {word for word in self._words if word[0] in _LATIN or word[-1] in _LATIN}
        self._single = dict.fromkeys(_NUMERALS, NUMBER) | _SIGNS
        self._single |= {word: kind for word, kind in self._words.items() if len(word) == 1}
        sizes: dict[str, set[int]] = {}
        for word in classes:
            sizes.setdefault(word[:2], set()).add(len(word))
        self._sizes = {head: tuple(sorted(found, reverse=True)) for head, found in sizes.items() if len(head) > 1}

    def kinds(self, name: str) -> str:
        """Return the letters of all kinds that belong to a class; KeyError names one that is unknown."""
        return self._kinds[name]

    def line(self, text: str) -> Line:
        """Return the text as kinds."""
        kinds: list[str] = []
        starts: list[int] = []
        place, length = 0, len(text)
        words, sizes, single = self._words, self._sizes, self._single
        # Nine of ten turns of this loop look one character up; what they need is at hand.
        keep, begin, size_of, alone = kinds.append, starts.append, sizes.get, single.get
        while place < length:
            begin(place)
            for size in size_of(text[place : place + 2], ()):
                word = text[place : place + size]
                if word in words and not (word in self._latin and _inside_letters(text, place, size)):
                    keep(words[word])
                    place += size
                    break
            else:
                kind = alone(text[place], OTHER)
                keep(kind)
                place = place + 1 if kind != NUMBER else _number_end(text, place)
        return Line("".join(kinds), starts, [*starts[1:], length] if starts else [])


def _number_end(text: str, place: int) -> int:
    match = _DIGITS.match(text, place) or _CHINESE_DIGITS.match(text, place)
    return match.end() if match else place + 1


def expand(word: str) -> Iterator[str]:
    """Return every word that braces stand for: `{不,别}招` is 不招 and 别招."""
    parts = _BRACES.split(word)
    choices = [part.split(",") if number % 2 else [part] for number, part in enumerate(parts)]
    return ("".join(chosen) for chosen in product(*choices))


def spellings(word: str, pinyin: Mapping[str, str]) -> Iterator[str]:
    """Return a word wholly or partly in pinyin, the word itself not; nothing for a long one."""
    if len(word) > MAX_SPELLED_CHARACTERS or not all(character in pinyin for character in word):
        return
    for chosen in product(*((character, *pinyin[character].split(",")) for character in word)):
        if (spelled := "".join(chosen)) != word and not _ambiguous(spelled):
            yield spelled


def _ambiguous(spelled: str) -> bool:
    """Return whether a spelling is too short to mean one thing: `ya` is many words, `nan` and `nv` are one."""
    return spelled.isascii() and len(spelled) <= 4 and spelled not in {"nan", "nv"}  # noqa: PLR2004 - one long syllable


def _inside_letters(text: str, place: int, size: int) -> bool:
    """Return whether a found word is only a part of a longer Latin word (`nan` in `nanjing`)."""
    end = place + size
    before = place > 0 and text[place] in _LATIN and text[place - 1] in _LATIN
    return before or (end < len(text) and text[end - 1] in _LATIN and text[end] in _LATIN)
