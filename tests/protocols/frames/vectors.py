"""Hex vectors of tests/data/frames: `name: bytes  # source`, one a line."""

from pathlib import Path

FOLDER = Path(__file__).parents[2] / "data" / "frames"


def vectors(name: str) -> dict[str, bytes]:
    """Return the vectors of one file by their names."""
    found: dict[str, bytes] = {}
    for line in (FOLDER / f"{name}.hex").read_text("utf-8").splitlines():
        text = line.partition("#")[0].strip()
        if text:
            key, _, value = text.partition(":")
            found[key.strip()] = bytes.fromhex(value)
    return found
