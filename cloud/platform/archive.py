"""The file of a backup: a ZIP with one member of JSON lines per table, and a manifest that counts and sums them up.

A line is a row as a JSON array in the form that both dialects share: times in UTC with microseconds, bytes in base64,
UUIDs in lower case, yes and no as 1 and 0 (SQLite does not tell them from numbers). The SHA-256 of a table is that of
its lines, ordered by key, whatever database they come from.
The whole appears under its name only when it is complete and on the disk.
"""

import base64
import hashlib
import io
import json
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any, Final
from uuid import UUID

import msgspec
from pydantic import BaseModel, ConfigDict, ValidationError

from cloud.platform.errors import InvalidInputError
from cloud.platform.tables import Kind
from protocols.venue.document import first_error

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
#: Fast rather than small: the events are the bulk, and they shrink to a sixth all the same.
_LEVEL: Final = 1
_BUFFER_BYTES: Final = 1024 * 1024
MAX_MANIFEST_BYTES: Final = 4 * 1024 * 1024
_PART: Final = ".part"

Row = Sequence[Any]


class ColumnEntry(BaseModel):
    """One column of a table in the archive."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: Kind


class TableEntry(BaseModel):
    """One table; `last_id` is the last number that its key was given, also of rows that are gone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    key: str
    columns: tuple[ColumnEntry, ...]
    rows: int
    sha256: str
    last_id: int


class Manifest(BaseModel):
    """What an archive holds; `secret` is a fingerprint of the secret file, which is not in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    made_at: datetime
    dialect: str
    migration: str
    secret: str
    tables: tuple[TableEntry, ...]

    @property
    def rows(self) -> int:
        """Return the number of rows of all tables."""
        return sum(table.rows for table in self.tables)


def shared_kind(kind: Kind) -> Kind:
    """Return the kind of a column as an archive names it."""
    return "int" if kind == "bool" else kind


class Lines:
    """Turns the rows of one table into lines, and counts and sums them up."""

    def __init__(self, kinds: Sequence[Kind]) -> None:
        self._changed = [(place, _SHARED[kind]) for place, kind in enumerate(kinds) if kind in _SHARED]
        self._sum = hashlib.sha256()
        self.rows = 0

    def of(self, rows: Iterable[Row]) -> bytes:
        """Return the lines of some more rows, in the order of the key."""
        if self._changed:
            rows = [self._shared(row) for row in rows]
        lines = [_ENCODER.encode(row) for row in rows]
        self.rows += len(lines)
        text = b"\n".join((*lines, b""))
        self._sum.update(text)
        return text

    @property
    def sha256(self) -> str:
        """Return the sum of all lines until now."""
        return self._sum.hexdigest()

    def _shared(self, row: Row) -> list[Any]:
        values = list(row)
        for place, change in self._changed:
            if values[place] is not None:
                values[place] = change(values[place])
        return values


class ArchiveWriter:
    """An archive that is being written; `add` tables, then `close` with the manifest."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file

    @contextmanager
    def table(self, name: str) -> Iterator[IO[bytes]]:
        """Yield where the lines of a table go."""
        with self._file.open(f"tables/{name}.jsonl", "w", force_zip64=True) as member:
            yield member

    def close(self, manifest: Manifest) -> None:
        """Write the manifest, last."""
        self._file.writestr(MANIFEST, manifest.model_dump_json(indent=1))


@contextmanager
def writing(path: Path) -> Iterator[ArchiveWriter]:
    """Yield an archive that appears at `path` when the body ends well; InvalidInputError when something is there."""
    if path.exists():
        raise InvalidInputError(f"{path} is there already: name another file")
    part = path.with_name(path.name + _PART)
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise InvalidInputError(f"cannot write {part}: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as raw:
        with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as file:
            yield ArchiveWriter(file)
        raw.flush()
        os.fsync(raw.fileno())
    part.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class ArchiveReader:
    """An archive that is read."""

    def __init__(self, file: zipfile.ZipFile, manifest: Manifest) -> None:
        self._file = file
        self.manifest = manifest

    def rows(
        self, table: TableEntry, kinds: Sequence[Kind], changes: Mapping[Kind, Callable[[Any], Any]]
    ) -> Iterator[list[Any]]:
        """Yield the rows of a table, changed for columns of these kinds; InvalidInputError when one is another."""
        changed = [(at, changes[kind]) for at, kind in enumerate(kinds) if kind in changes]
        found, count = hashlib.sha256(), 0
        try:
            with self._file.open(f"tables/{table.name}.jsonl") as member:
                for line in io.BufferedReader(member, _BUFFER_BYTES):  # type: ignore[type-var]
                    found.update(line)
                    count += 1
                    values = _DECODER.decode(line)
                    for at, change in changed:
                        if values[at] is not None:
                            values[at] = change(values[at])
                    yield values
        except (zipfile.BadZipFile, zlib.error, msgspec.DecodeError, KeyError, EOFError, ValueError) as error:
            raise InvalidInputError(f"the table {table.name} in the archive is damaged: {error}") from error
        if (count, found.hexdigest()) != (table.rows, table.sha256):
            raise InvalidInputError(f"the table {table.name} in the archive is not the one that was written")


@contextmanager
def reading(path: Path) -> Iterator[ArchiveReader]:
    """Yield an archive; InvalidInputError when the file is none, or of a form that this program does not know."""
    try:
        with zipfile.ZipFile(path) as file:
            yield ArchiveReader(file, _manifest(path, file))
    except OSError as error:
        raise InvalidInputError(f"cannot read {path}: {error.strerror or error}") from error
    except zipfile.BadZipFile as error:
        raise InvalidInputError(f"{path} is no backup, or only a part of one: {error}") from error


def _manifest(path: Path, file: zipfile.ZipFile) -> Manifest:
    try:
        with file.open(MANIFEST) as member:
            document = json.loads(member.read(MAX_MANIFEST_BYTES))
        if document["format"] != FORMAT:
            raise InvalidInputError(f"{path} has form {document['format']}, this program knows {FORMAT}")
        return Manifest.model_validate(document)
    except (KeyError, TypeError, ValueError) as error:
        why = first_error(error) if isinstance(error, ValidationError) else repr(error)
        raise InvalidInputError(f"{path} is no backup: {why}") from error


def _time(value: datetime | str) -> str:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")


def _json(value: object) -> str:
    return json.dumps(json.loads(value) if isinstance(value, str) else value, sort_keys=True, ensure_ascii=False)


def _date(value: date | str) -> str:
    return value if isinstance(value, str) else value.isoformat()


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


#: Kinds whose values the two dialects give in different forms -> the form that they share.
_SHARED: Final[Mapping[Kind, Callable[[Any], Any]]] = {
    "bool": int, "time": _time, "date": _date, "bytes": _base64, "float": float, "json": _json,
    "uuid": lambda value: str(UUID(str(value))),
}  # fmt: skip

#: The shared form -> what a driver takes.
TO_SQLITE: Final[Mapping[Kind, Callable[[Any], Any]]] = {
    "time": lambda text: datetime.fromisoformat(text).isoformat(" "), "bytes": base64.b64decode,
}  # fmt: skip
TO_POSTGRES: Final[Mapping[Kind, Callable[[Any], Any]]] = {
    "bool": bool, "time": datetime.fromisoformat, "date": date.fromisoformat, "bytes": base64.b64decode, "uuid": UUID,
}  # fmt: skip

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(list[Any])
