"""Legal texts: files `texts/{name}/{version}.toml`, never edited after a release; a new wording is a new version. Pure.

What people agree to is the filled text: its SHA-256 covers the operator's name and contacts as they were shown.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final, Literal

from cloud.legal.errors import TextError

#: The texts that exist, in the order of the public list; a consent names one of them.
NAMES: Final = ("privacy", "terms", "recommender", "face", "province")
MAX_TEXT_BYTES: Final = 64 * 1024
_VERSION: Final = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}")
_PLACE: Final = re.compile(r"\{([a-z_]+)\}")

BlockKind = Literal["h2", "p", "ul"]


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a paragraph or a list; each line is cut in (text, strong) pieces."""

    kind: BlockKind
    lines: tuple[tuple[tuple[str, bool], ...], ...]


@dataclass(frozen=True, slots=True)
class Text:
    """One version of one text, filled: `sha256` is that of `body` in UTF-8."""

    name: str
    version: str
    title: str
    summary: str
    effective: date
    body: str

    @property
    def sha256(self) -> str:
        """Return what a consent points to beside the version."""
        return hashlib.sha256(self.body.encode()).hexdigest()

    @property
    def blocks(self) -> list[Block]:
        """Return the body cut for a page."""
        return cut(self.body)


def load_texts(values: Mapping[str, str], extra: Path | None = None) -> dict[str, list[Text]]:
    """Return every version of every text, oldest first, with `{place}`s filled; `extra` is the operator's folder."""
    found: dict[str, dict[str, Text]] = {name: {} for name in NAMES}
    roots: list[Traversable] = [files("cloud.legal").joinpath("texts")]
    for root in [*roots, *([extra] if extra else [])]:
        for name in NAMES:
            for file in _versions(root.joinpath(name)):
                version = file.name.removesuffix(".toml")
                if version in found[name]:
                    raise TextError(f"{name} {version} is a version that we ship: give yours another number")
                found[name][version] = _read(name, version, file, values)
    return {name: sorted(versions.values(), key=_order) for name, versions in found.items()}


def current(versions: Sequence[Text], day: date) -> Text:
    """Return the version in force on a day; before the first one the first."""
    return next((text for text in reversed(versions) if text.effective <= day), versions[0])


def cut(body: str) -> list[Block]:
    """Return a body as blocks: `## heading`, `- item`, other lines are paragraphs, `**strong**` inside."""
    blocks: list[Block] = []
    for line in filter(None, (line.strip() for line in body.splitlines())):
        if line.startswith("## "):
            blocks.append(Block("h2", (_pieces(line[3:]),)))
        elif line.startswith("- "):
            items = blocks.pop().lines if blocks and blocks[-1].kind == "ul" else ()
            blocks.append(Block("ul", (*items, _pieces(line[2:]))))
        else:
            blocks.append(Block("p", (_pieces(line),)))
    return blocks


def _pieces(line: str) -> tuple[tuple[str, bool], ...]:
    return tuple((piece, number % 2 == 1) for number, piece in enumerate(line.split("**")) if piece)


def _versions(folder: Traversable) -> list[Traversable]:
    if not folder.is_dir():
        return []
    return [file for file in folder.iterdir() if _VERSION.fullmatch(file.name.removesuffix(".toml"))]


def _read(name: str, version: str, file: Traversable, values: Mapping[str, str]) -> Text:
    place = f"{name} {version}"
    try:
        raw = file.read_bytes()
        if len(raw) > MAX_TEXT_BYTES:
            raise TextError(f"{place} has more than {MAX_TEXT_BYTES} bytes")
        document = tomllib.loads(raw.decode())
        title, summary, effective = document["title"], document["summary"], document["effective"]
        body = _PLACE.sub(lambda found: values[found[1]], document["body"]).strip() + "\n"
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TextError(f"{place} cannot be read: {error}") from error
    except KeyError as error:
        raise TextError(f"{place}: {error} is missing or no place that we can fill") from error
    if not (isinstance(title, str) and isinstance(summary, str) and type(effective) is date):
        raise TextError(f"{place}: title and summary are texts, effective is a date")
    return Text(name, version, title, summary, effective, body)


def _order(text: Text) -> tuple[date, tuple[int, ...]]:
    return text.effective, tuple(int(part) for part in text.version.split("."))
