"""The list of who may stay in a station's gallery (D24)."""

import json
from typing import Any

import pytest

from protocols.errors import DocumentError
from protocols.venue.gallery import MAX_GONE, MAX_INLINE, GalleryList

DOCUMENT: dict[str, Any] = {
    "rev": 42, "at": "2026-03-02T01:01:00.000Z", "count": 2, "ids": ["p-1", "p-2"],
    "gone": [{"id": "p-0", "at": "2026-03-02T01:00:00.000Z"}], "url": None, "sha256": None,
}  # fmt: skip
FAR = {"ids": None, "url": "https://core.example/g.json", "sha256": "0" * 64, "count": 2_500}


@pytest.mark.parametrize("changed", [{}, FAR, {"ids": [], "count": 0, "gone": []}])
def test_it_goes_over_the_wire_and_back(changed: dict[str, Any]) -> None:
    wire = json.dumps(DOCUMENT | changed).encode()
    document = GalleryList.from_bytes(wire)
    assert json.loads(document.to_bytes()) == DOCUMENT | changed


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"count": 3}, "number of `ids`"),
        ({"ids": None}, "neither"),
        (FAR | {"sha256": None}, "neither"),
        (FAR | {"count": 100_001}, "count"),
        ({"ids": [""], "count": 1}, "ids"),
        ({"ids": ["p"] * (MAX_INLINE + 1), "count": MAX_INLINE + 1}, "ids"),
        ({"gone": DOCUMENT["gone"] * (MAX_GONE + 1)}, "gone"),
        ({"rev": -1}, "rev"),
    ],
)
def test_what_does_not_fit_is_said(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        GalleryList.from_bytes(json.dumps(DOCUMENT | changed).encode())
