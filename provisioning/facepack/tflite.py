"""Reader of .tflite files: what the converters need of TensorFlow Lite's schema, on the `flatbuffers` runtime alone.

Field numbers are those of `tensorflow/lite/schema/schema.fbs`, version 3.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from flatbuffers import encode, number_types, table
from numpy.typing import NDArray

from provisioning.errors import PackError

#: More than any model of a pack has.
MAX_BYTES: Final = 64 * 1024 * 1024
_IDENTIFIER: Final = b"TFL3"
#: Builtin operators that occur in the packages' models.
_OPERATORS: Final = {
    0: "ADD", 2: "CONCATENATION", 3: "CONV_2D", 4: "DEPTHWISE_CONV_2D", 6: "DEQUANTIZE", 14: "LOGISTIC",
    17: "MAX_POOL_2D", 18: "MUL", 19: "RELU", 22: "RESHAPE", 23: "RESIZE_BILINEAR", 34: "PAD", 41: "SUB", 59: "NEG",
    101: "ABS",
}  # fmt: skip
_TYPES: Final[dict[int, Any]] = {0: np.float32, 1: np.float16, 2: np.int32, 3: np.uint8, 4: np.int64, 9: np.int8}

Array = NDArray[Any]


class Fields:
    """A table of a flatbuffer, its fields by number."""

    def __init__(self, data: bytes, at: int) -> None:
        self._table = table.Table(data, at)

    def _at(self, field: int) -> int:
        offset = self._table.Offset(4 + 2 * field)
        return self._table.Pos + offset if offset else 0

    def number(self, field: int, kind: Any = number_types.Int32Flags) -> int:
        """Return an integer, 0 when it is left out."""
        at = self._at(field)
        return int(self._table.Get(kind, at)) if at else 0

    def byte(self, field: int) -> int:
        """Return a small integer or an enumeration, 0 when it is left out."""
        return self.number(field, number_types.Int8Flags)

    def text(self, field: int) -> str:
        """Return a string, empty when it is left out."""
        at = self._at(field)
        return self._table.String(at).decode() if at else ""

    def one(self, field: int) -> "Fields | None":
        """Return a table, None when it is left out."""
        at = self._at(field)
        return Fields(self._table.Bytes, self._table.Indirect(at)) if at else None

    def many(self, field: int) -> list["Fields"]:
        """Return a vector of tables."""
        start, length = self._vector(field)
        return [Fields(self._table.Bytes, self._table.Indirect(start + 4 * index)) for index in range(length)]

    def numbers(self, field: int) -> tuple[int, ...]:
        """Return a vector of 32-bit integers."""
        start, length = self._vector(field)
        return struct.unpack_from(f"<{length}i", self._table.Bytes, start)

    def raw(self, field: int) -> bytes:
        """Return a vector of bytes."""
        start, length = self._vector(field)
        return bytes(self._table.Bytes[start : start + length])

    def _vector(self, field: int) -> tuple[int, int]:
        offset = self._table.Offset(4 + 2 * field)
        return (self._table.Vector(offset), self._table.VectorLen(offset)) if offset else (0, 0)


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor; `values` are None unless it is a constant."""

    name: str
    shape: tuple[int, ...]
    values: Array | None


@dataclass(frozen=True, slots=True)
class Operation:
    """One operator: its inputs and output are indexes of tensors."""

    name: str
    inputs: tuple[int, ...]
    output: int
    options: Fields | None


@dataclass(frozen=True, slots=True)
class Graph:
    """The first subgraph of a model, in the order it is computed."""

    tensors: list[Tensor]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    operations: list[Operation]


def read(data: bytes) -> Graph:
    """Return the graph of a .tflite file; PackError when it is none."""
    if len(data) > MAX_BYTES or data[4:8] != _IDENTIFIER:
        raise PackError("not a TensorFlow Lite model")
    try:
        return _graph(Fields(data, encode.Get(number_types.UOffsetTFlags.packer_type, data, 0)))
    except (struct.error, IndexError, KeyError, ValueError, TypeError) as error:
        raise PackError(f"a TensorFlow Lite model that is damaged: {error}") from error


def _graph(model: Fields) -> Graph:
    # An old field holds codes below 127, a new one all of them.
    codes = [max(code.byte(0), code.number(3)) for code in model.many(1)]
    buffers = [buffer.raw(0) for buffer in model.many(4)]
    first = model.many(2)[0]
    return Graph(
        tensors=[_tensor(tensor, buffers) for tensor in first.many(0)],
        inputs=first.numbers(1),
        outputs=first.numbers(2),
        operations=list(_operations(first.many(3), codes)),
    )


def _tensor(tensor: Fields, buffers: list[bytes]) -> Tensor:
    shape = tensor.numbers(0)
    data = buffers[tensor.number(2, number_types.Uint32Flags)]
    values = np.frombuffer(data, _TYPES[tensor.byte(1)]).reshape(shape) if data else None
    return Tensor(tensor.text(3), shape, values)


def _operations(operators: Iterable[Fields], codes: list[int]) -> Iterable[Operation]:
    for operator in operators:
        code = codes[operator.number(0, number_types.Uint32Flags)]
        name = _OPERATORS.get(code, f"operator {code}")
        yield Operation(name, operator.numbers(1), operator.numbers(2)[0], operator.one(4))
