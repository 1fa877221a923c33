"""The rules of screening, compiled from their two tables. Pure.

The notation of the patterns is described at the head of `tables/screening.toml`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from itertools import repeat
from operator import or_
from typing import Any, Final, Generic, Literal, TypeVar

from cloud.jobs.screening.lazy import Lazy
from cloud.jobs.screening.lexicon import NUMBER, OTHER, Lexicon, expand, spellings

Severity = Literal["block", "review"]
#: How the rewrite mends a finding: take the words out, take the clause out.
Cut = Literal["attribute", "clause"]

_CLASSES: Final = re.compile(r"<([a-z_|]+)>")
#: What of a pattern means something else than in a regular expression.
_TOKEN: Final = re.compile(r"[-!]?<[a-z_|]+>|\[[^\]]*\]|[~_]\d|[@^$]|\.")
#: Groups may be left out or choose; what is needed stands outside of them and is not optional.
_GROUP: Final = re.compile(r"(?:\([^()]*\)|\[(?!people\])[^\]]*\])[?*]?(?:\{[^}]*\})?|[-!]<[a-z_|]+>")
_NEEDED: Final = re.compile(r"(?:<[a-z_|]+>|\[people\]|@)(?![?*]|\{0)")
#: Beginning and end of a phrase: nothing, or a stop, comma, space, colon, bracket or joint.
_BEGIN: Final = "(?<![^BCW:PL])"
_END: Final = "(?![^BCWPL])"


class Pattern(Lazy):
    """A pattern over kinds, and sets of kinds of each of which a text must hold one before it can match."""

    def __init__(self, text: str, needs: Iterable[frozenset[str]]) -> None:
        """Take the regular expression over kinds and its needs."""
        super().__init__(text)
        self.needs = tuple(needs)


_T = TypeVar("_T")


class Choice(Generic[_T]):
    """Patterns, among which those are chosen that can match a text at all: one of each of their needs is in it.

    Sets of patterns are the bits of a number, those of the first needs first: it is done for every post, and looking
    at each of a hundred patterns would take longer than trying the few that can match.
    """

    def __init__(self, patterns: Iterable[tuple[Pattern, _T]]) -> None:
        """Take each pattern with what belongs to it, in the order in which they are tried."""
        self._patterns = tuple(patterns)
        self._depth = max((len(pattern.needs) for pattern, _ in self._patterns), default=0)
        self._bits: dict[str, int] = {}
        self._free = 0
        for place, (pattern, _) in enumerate(self._patterns):
            for depth in range(self._depth):
                bit = 1 << (place + depth * len(self._patterns))
                if depth >= len(pattern.needs):
                    self._free |= bit
                    continue
                for kind in pattern.needs[depth]:
                    self._bits[kind] = self._bits.get(kind, 0) | bit

    def among(self, present: Iterable[str]) -> Iterator[tuple[Pattern, _T]]:
        """Yield, in order, the patterns that can match a text which holds these kinds."""
        count = len(self._patterns)
        bits = reduce(or_, map(self._bits.get, present, repeat(0)), self._free)
        chosen = (1 << count) - 1
        for depth in range(self._depth):
            chosen &= bits >> depth * count
        while chosen:
            lowest = chosen & -chosen
            yield self._patterns[lowest.bit_length() - 1]
            chosen ^= lowest


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the table."""

    id: str
    severity: Severity
    law: str
    cut: Cut
    valid_from: date
    valid_to: date | None
    patterns: tuple[Pattern, ...]
    texts: tuple[Lazy, ...]

    def holds_on(self, day: date) -> bool:
        """Return whether the rule's law is in force on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Hide:
    """Words that the rules shall not see: those of `kinds` within a match of a pattern; all of them when it is None."""

    patterns: tuple[Pattern, ...]
    kinds: Lazy | None

    def blank(self, found: re.Match[str]) -> str:
        """Return the matched kinds with the hidden ones made plain."""
        return OTHER * len(found[0]) if self.kinds is None else self.kinds.regex.sub(OTHER, found[0])


@dataclass(frozen=True, slots=True)
class Exempt:
    """A phrase of the text that makes findings of some rules lawful or a person's to judge."""

    rules: frozenset[str]
    when: Lazy
    ground: Lazy | None
    unless: Lazy | None
    not_words: Lazy | None
    verdict: Literal["ok", "review"]
    law: str

    def applies(self, text: str) -> bool:
        """Return whether a text claims the exemption, on a ground where the law asks for one."""
        grounded = self.ground is None or self.ground.regex.search(text)
        return bool(self.when.regex.search(text) and grounded and not (self.unless and self.unless.regex.search(text)))

    def covers(self, rule: str, words: str) -> bool:
        """Return whether the exemption lightens a finding of a rule about some words."""
        return rule in self.rules and not (self.not_words and self.not_words.regex.search(words))


@dataclass(frozen=True, slots=True)
class Rules:
    """The whole table."""

    lexicon: Lexicon
    hides: tuple[Hide, ...]
    rules: tuple[Rule, ...]
    exempts: tuple[Exempt, ...]
    hidden_by: Choice[Hide]
    found_by: Choice[Rule]
    texts: tuple[tuple[Lazy, Rule], ...]


def parse_rules(table: Mapping[str, Any], words: Mapping[str, Any]) -> Rules:
    """Return the rules of the two parsed tables (rules, words)."""
    lexicon = Lexicon(_all_words(words))
    notation = _Notation(lexicon, table)
    rules = tuple(_rule(row, table["relations"], notation) for row in table["rule"])
    hides = tuple(_hide(row, notation) for row in table["hide"])
    return Rules(
        lexicon=lexicon,
        hides=hides,
        hidden_by=Choice((pattern, hide) for hide in hides for pattern in hide.patterns),
        found_by=Choice((pattern, rule) for rule in rules for pattern in rule.patterns),
        rules=rules,
        exempts=tuple(_exempt(row) for row in table["exempt"]),
        texts=tuple((words, rule) for rule in rules for words in rule.texts),
    )


class _Notation:
    """Turns the table's notation into patterns over kinds."""

    def __init__(self, lexicon: Lexicon, table: Mapping[str, Any]) -> None:
        self._lexicon = lexicon
        self._gaps = {"~": self.kinds(table["gap_stops"])}
        self._gaps["_"] = self._gaps["~"] + self.kinds(table["quiet_stops"])
        self._people = self.kinds(table["people"])
        self._relations = set(self.kinds(table["quiet_stops"]))

    def kinds(self, names: Iterable[str]) -> str:
        """Return the letters of all words of some classes."""
        return "".join(dict.fromkeys("".join(self._lexicon.kinds(name) for name in names)))

    def named(self, names: Iterable[str]) -> str:
        """Return the letters of some classes; `people` stands for all that say who somebody is."""
        special = {"people": self._people, "number": NUMBER}
        return "".join(special.get(name) or self._lexicon.kinds(name) for name in names)

    def pattern(self, text: str, attribute: str = "") -> Pattern:
        """Return a pattern of the table; `attribute` are the letters that `@` stands for."""
        listed = f"[{attribute}](?:[L:]?[{attribute}])*"
        regex = _TOKEN.sub(lambda found: self._meaning(found[0], listed), text)
        needs = list(self._needs(_GROUP.sub("", text), attribute))
        return Pattern(regex, sorted(needs, key=lambda need: not self._relations.isdisjoint(need)))

    def _needs(self, text: str, attribute: str) -> Iterator[frozenset[str]]:
        """Yield what the parts of a pattern that cannot be left out stand for."""
        for token in _NEEDED.findall(text):
            match token[0]:
                case "<":
                    yield frozenset(self.kinds(token[1:-1].split("|")))
                case "@":
                    yield frozenset(attribute)
                case "[" if token[1:] == "people]":
                    yield frozenset(self._people)

    def _meaning(self, token: str, listed: str) -> str:  # noqa: PLR0911 - a table of signs
        match token[0]:
            case "<":
                return f"[{self.kinds(token[1:-1].split('|'))}]"
            case "[":
                return f"[{self._inside(token[1:-1])}]"
            case "-":
                return f"(?<![{self.kinds(token[2:-1].split('|'))}])"
            case "!":
                return f"(?![{self.kinds(token[2:-1].split('|'))}])"
            case "~" | "_":
                return f"[^BC{self._gaps[token[0]]}]{{0,{token[1]}}}?"
            case "@":
                return listed
            case "^":
                return _BEGIN
            case "$":
                return _END
            case _:
                return re.escape(OTHER)

    def _inside(self, text: str) -> str:
        """Return the letters of a set: classes, `people`, and letters of the line."""
        if text == "people":
            return self._people
        return _CLASSES.sub(lambda one: self.kinds(one[1].split("|")), text)


def _all_words(words: Mapping[str, Any]) -> dict[str, list[str]]:
    spelled = set(words["spelled"])
    found: dict[str, list[str]] = {}
    for name, line in words["words"].items():
        members = [member for word in line.split() for member in expand(word)]
        found[name] = list(dict.fromkeys(members))
        if name in spelled:
            found[name] += [other for word in found[name] for other in spellings(word, words["pinyin"])]
    return found


def _hide(row: Mapping[str, Any], notation: _Notation) -> Hide:
    kinds = None if "*" in row["classes"] else Lazy(f"[{notation.named(row['classes'])}]")
    return Hide(tuple(notation.pattern(text) for text in row["patterns"]), kinds)


def _rule(row: Mapping[str, Any], relations: Mapping[str, Sequence[str]], notation: _Notation) -> Rule:
    attribute = notation.kinds(row["attribute"])
    texts = [text for name in row["relations"] for text in relations[name]] + row["patterns"]
    return Rule(
        id=row["id"],
        severity=row["severity"],
        law=row["law"],
        cut=row["cut"],
        valid_from=row["valid_from"],
        valid_to=row.get("valid_to"),
        patterns=tuple(notation.pattern(text, attribute) for text in texts),
        texts=tuple(Lazy(text) for text in row.get("texts", ())),
    )


def _exempt(row: Mapping[str, Any]) -> Exempt:
    return Exempt(
        rules=frozenset(row["rules"]),
        when=Lazy(row["when"]),
        ground=_optional(row, "ground"),
        unless=_optional(row, "unless"),
        not_words=_optional(row, "not_words"),
        verdict=row["verdict"],
        law=row["law"],
    )


def _optional(row: Mapping[str, Any], name: str) -> Lazy | None:
    return Lazy(row[name]) if name in row else None
