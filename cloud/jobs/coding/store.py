"""The file of a model: a header in JSON and arrays behind it, mapped into memory and read where they are needed.

`YZOC` + version (4 bytes), length of the header (8 bytes, little-endian), header, then each array at a multiple of 64
bytes. The header says of each array its type, shape and place, and carries what the builder wants remembered.
"""

import json
import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cloud.jobs.coding.errors import ModelError

MAGIC: Final = b"YZOC0001"
_LENGTH_BYTES: Final = 8
_ALIGNMENT: Final = 64
#: A header names a dozen arrays; more is not one of ours.
_MAX_HEADER_BYTES: Final = 1_000_000

Arrays = Mapping[str, npt.NDArray[Any]]


def write_model(path: Path, arrays: Arrays, remembered: Mapping[str, Any]) -> None:
    """Write a model; the same arrays make the same bytes."""
    places, offset = {}, 0
    for name, array in sorted(arrays.items()):
        places[name] = {"type": array.dtype.str, "shape": list(array.shape), "offset": offset}
        offset += _aligned(array.nbytes)
    header = json.dumps({"arrays": places, **remembered}, ensure_ascii=False, sort_keys=True).encode()
    start = len(MAGIC) + _LENGTH_BYTES + len(header)
    with path.open("wb") as file:
        file.write(MAGIC + len(header).to_bytes(_LENGTH_BYTES, "little") + header)
        file.write(b"\x00" * (_aligned(start) - start))
        for _, array in sorted(arrays.items()):
            file.write(array.tobytes() + b"\x00" * (_aligned(array.nbytes) - array.nbytes))


def read_model(path: Path) -> tuple[Arrays, Mapping[str, Any]]:
    """Return (arrays that lie in the mapped file, what the builder remembered); ModelError when it is none."""
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    length = int.from_bytes(mapped[len(MAGIC) : len(MAGIC) + _LENGTH_BYTES], "little")
    if mapped[: len(MAGIC)] != MAGIC or length > _MAX_HEADER_BYTES:
        raise ModelError(f"{path.name} is no model of this version; build it again: python -m cloud.jobs.coding.build")
    start = len(MAGIC) + _LENGTH_BYTES
    header = json.loads(mapped[start : start + length])
    begin = _aligned(start + length)
    arrays = {}
    for name, place in header.pop("arrays").items():
        count = int(np.prod(place["shape"], dtype=np.int64))
        array = np.frombuffer(mapped, dtype=place["type"], count=count, offset=begin + place["offset"])
        arrays[name] = array.reshape(place["shape"])
    return arrays, header


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT
