"""A person's copy as sections of (word, value) for a page. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cloud.web.formats import stamp
from firmware_profiles.ui.catalogue import Catalogue
from protocols.errors import DocumentError
from protocols.venue.rfc3339 import parse_time

Group = list[tuple[str, str]]
#: Pictures: they are in the file that is taken along.
FILE_ONLY: Final = frozenset({"jpeg_base64"})


@dataclass(frozen=True, slots=True)
class Section:
    """What one package keeps."""

    name: str
    groups: list[Group]


def sections_of(packages: Mapping[str, Any], t: Catalogue) -> list[Section]:
    """Return one section per package, the person's own first."""
    names = sorted(packages, key=lambda name: name != "people")
    return [Section(name, [group for group in _groups(packages[name], t) if group]) for name in names]


def _groups(value: object, t: Catalogue) -> Iterator[Group]:
    """Yield a group per object that has plain members; a text alone is nobody's data."""
    if isinstance(value, Mapping):
        plain = {key: one for key, one in value.items() if not isinstance(one, Mapping | list)}
        yield [(_word(key, t), _shown(one, t)) for key, one in plain.items() if key not in FILE_ONLY]
        for key, one in value.items():
            if isinstance(one, list) and all(isinstance(part, str) for part in one):
                yield [(_word(key, t), _shown(part, t)) for part in one]
            elif isinstance(one, Mapping | list):
                yield from _groups(one, t)
    elif isinstance(value, list):
        for one in value:
            yield from _groups(one, t)


def _word(key: str, t: Catalogue) -> str:
    return t(f"my.key.{key}") if f"my.key.{key}" in t else key


def _shown(value: object, t: Catalogue) -> str:
    if value is None or value == "":
        return t("my.none")
    if isinstance(value, bool):
        return t("my.yes" if value else "my.no")
    text = str(value)
    if f"my.value.{text}" in t:
        return t(f"my.value.{text}")
    try:
        return stamp(parse_time(text))
    except DocumentError:
        return text
