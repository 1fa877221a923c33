"""The strings of every screen, one JSON file per language; keys are `page.name`, values may hold `{placeholders}`."""

import json
from collections.abc import Mapping
from importlib.resources import files

#: The language that is complete; another one is another file.
LANGUAGE = "zh-CN"


class Catalogue:
    """Strings by dotted key; a key that is not there is a KeyError that names it, never an empty label."""

    def __init__(self, strings: Mapping[str, str]) -> None:
        self._strings = dict(strings)

    def __call__(self, key: str, **values: object) -> str:
        """Return the string of `key` with its placeholders filled."""
        text = self._strings[key]
        return text.format(**values) if values else text

    def __contains__(self, key: object) -> bool:
        return key in self._strings

    def names(self) -> frozenset[str]:
        """Return every key there is."""
        return frozenset(self._strings)


def load_catalogue(language: str = LANGUAGE) -> Catalogue:
    """Return the strings of one language."""
    text = files("firmware_profiles.ui").joinpath(f"strings.{language}.json").read_text("utf-8")
    return Catalogue(_flatten(json.loads(text)))


def _flatten(tree: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in tree.items():
        if isinstance(value, Mapping):
            flat |= _flatten(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = str(value)
    return flat
