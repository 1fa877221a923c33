"""Prometheus' text format, version 0.0.4: what a page of metrics is made of.

The client library brings a registry and an HTTP server of its own, 1.1 MB of an agent's 60; its parser reads these
lines (tests/edge/test_exposition.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal["gauge", "counter"]

#: The format's own escapes, of label values and of help texts.
_VALUE: Final = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
_HELP: Final = str.maketrans({"\\": r"\\", "\n": r"\n"})


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: its name without `_total`, its help text, and a value for each tuple of label values."""

    kind: Kind
    name: str
    help: str
    labels: tuple[str, ...] = ()
    samples: list[tuple[Sequence[str], float]] = field(default_factory=list)

    def add(self, value: float, *labels: str) -> None:
        """Add a value; `labels` in the order of the family's."""
        self.samples.append((labels, value))

    def lines(self) -> Iterable[str]:
        """Yield help, type and samples."""
        name = f"{self.name}_total" if self.kind == "counter" else self.name
        yield f"# HELP {name} {self.help.translate(_HELP)}\n"
        yield f"# TYPE {name} {self.kind}\n"
        for labels, value in self.samples:
            yield f"{name}{_labelled(self.labels, labels)} {float(value)!r}\n"


def single(kind: Kind, name: str, text: str, value: float) -> Family:
    """Return a family of one value without labels."""
    return Family(kind, name, text, samples=[((), value)])


def exposition(families: Iterable[Family]) -> bytes:
    """Return the page."""
    return "".join(line for family in families for line in family.lines()).encode()


def _labelled(names: Sequence[str], values: Sequence[str]) -> str:
    pairs = sorted(zip(names, values, strict=True))
    return "{" + ",".join(f'{name}="{value.translate(_VALUE)}"' for name, value in pairs) + "}" if pairs else ""
