"""Small files of the state directory: replaced whole and durably, so that a crash leaves the old or the new one."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edge.errors import StateDamaged

#: Nothing that the agent keeps in a small file is larger (a manifest of 500 posts is about 400 KB).
MAX_STATE_BYTES = 4 * 1024 * 1024


def write_durably(path: Path, content: bytes) -> None:
    """Replace the file; on return the new content survives a power cut."""
    _replace(path, content)
    sync_folder(path.parent)


def replace_durably(folder: Path, contents: Mapping[Path, bytes]) -> None:
    """Replace files of one folder, made if it is not there; on return all of them survive a power cut."""
    folder.mkdir(exist_ok=True)
    for path, content in contents.items():
        _replace(path, content)
    sync_folder(folder)


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f"{path.name}.new")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def sync_folder(folder: Path) -> None:
    """Make names that were made or changed in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_bytes(path: Path) -> bytes | None:
    """Return the content, or None if there is no such file; StateDamaged if it is absurdly large."""
    try:
        if path.stat().st_size > MAX_STATE_BYTES:
            raise StateDamaged(f"{path.name} is larger than {MAX_STATE_BYTES} bytes")
        return path.read_bytes()
    except FileNotFoundError:
        return None


def read_object(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file, empty if there is no such file; StateDamaged if it holds anything else."""
    content = read_bytes(path)
    if content is None:
        return {}
    try:
        value = json.loads(content)
    except ValueError as error:
        raise StateDamaged(f"{path.name}: {error}") from error
    if not isinstance(value, dict):
        raise StateDamaged(f"{path.name}: not a JSON object")
    return value
