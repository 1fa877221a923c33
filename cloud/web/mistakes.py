"""What is wrong with a form, in the words of who filled it in; and times as a browser's field writes them. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from cloud.web.formats import local
from firmware_profiles.ui.catalogue import Catalogue

#: Part of pydantic's text -> word of the catalogue.
_WORDS: Final = (
    ("at least", "missing"), ("Field required", "missing"), ("at most", "too_long"), ("integer", "whole"),
    ("greater than", "whole"), ("less than", "too_large"), ("date", "date"), ("RFC 3339", "date"),
)  # fmt: skip
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
_LOCAL: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")


def mistakes_of(fields: Mapping[str, str], t: Catalogue) -> dict[str, str]:
    """Return the mistakes by field of the form; the key "" is one of the form as a whole."""
    return {place.partition(".")[0]: _in_words(text, t) for place, text in fields.items()}


def sent_time(text: str) -> str:
    """Return what a `datetime-local` field holds as RFC 3339: the market's time."""
    return f"{text}:00+08:00" if _LOCAL.fullmatch(text) else text


def typed_time(moment: datetime) -> str:
    """Return a time as a `datetime-local` field holds it."""
    return local(moment).strftime("%Y-%m-%dT%H:%M")


def whole(text: str) -> int | str | None:
    """Return a number as typed, None for nothing; what is none stays a text and is refused by the model."""
    text = text.strip()
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else text  # noqa: PLR2004 - bounds int()


def _in_words(text: str, t: Catalogue) -> str:
    if _CHINESE.search(text):
        return text
    return t(f"form.{next((word for part, word in _WORDS if part in text), 'choice')}")
