"""JSON as the contract allows it (D1): UTF-8 without BOM, no duplicate keys, no NaN or Infinity, bounded."""

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from protocols.errors import DocumentError

#: A control document is far below this; the broker's own limit is the same (D7).
MAX_DOCUMENT_BYTES = 1024 * 1024

_SPACE = " \t\r\n"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise DocumentError(f"member {next(n for n in names if names.count(n) > 1)!r} appears twice")
    return found


def _constant(name: str) -> NoReturn:
    raise DocumentError(f"{name} is not a JSON number")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_constant)


def text_of(payload: bytes) -> str:
    """Return the payload's text; anything but UTF-8 without BOM is a DocumentError."""
    if payload.startswith(b"\xef\xbb\xbf"):
        raise DocumentError("the text starts with a byte order mark; send plain UTF-8")
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DocumentError(f"not UTF-8: {error.reason} at byte {error.start}") from error


def load_object(payload: bytes) -> dict[str, Any]:
    """Return the one JSON object in `payload`."""
    if len(payload) > MAX_DOCUMENT_BYTES:
        raise DocumentError(f"{len(payload)} bytes is above the limit of {MAX_DOCUMENT_BYTES}")
    text = text_of(payload)
    value, end = _decode(text, _skip(text, 0))
    if _skip(text, end) != len(text):
        raise DocumentError(f"text after the document at character {end}")
    if not isinstance(value, dict):
        raise DocumentError(f"a JSON object was expected, not {type(value).__name__}")
    return value


def split_array(text: str) -> Iterator[tuple[Any, str]]:
    """Yield (value, its exact source text) for each element of the one JSON array in `text`."""
    at = _skip(text, 0)
    if text[at : at + 1] != "[":
        raise DocumentError("a JSON array was expected")
    at = _skip(text, at + 1)
    if text[at : at + 1] == "]":
        at += 1
    else:
        while True:
            value, end = _decode(text, at)
            yield value, text[at:end]
            at = _skip(text, end)
            mark = text[at : at + 1]
            if mark not in {",", "]"}:
                raise DocumentError(f"',' or ']' was expected at character {at}")
            at = _skip(text, at + 1) if mark == "," else at + 1
            if mark == "]":
                break
    if _skip(text, at) != len(text):
        raise DocumentError(f"text after the array at character {at}")


def _decode(text: str, at: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        raise DocumentError(f"not JSON: {error.msg} at character {error.pos}") from error
    except RecursionError as error:
        raise DocumentError("nested too deeply") from error
    except ValueError as error:
        raise DocumentError(f"not JSON: {error}") from error


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at
