"""A manifest whose items were written before is, to the byte, the one that is written whole."""

from datetime import UTC, datetime, timedelta

import pytest

from protocols.venue.content import Item, Manifest, write_items, write_manifest

NOW = datetime(2026, 11, 29, 7, 0, tzinfo=UTC)
ITEMS = [
    Item(id="p-1", kind="post", seconds=8.0, valid_to=NOW, data={"title": '分拣员 "夜"', "empty": []}),
    Item(id="a-3", kind="image", seconds=10.0, valid_to=None, url="/media/a.png", sha256="9f", bytes=3),
]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_items_written_before_make_the_same_manifest(count: int) -> None:
    def manifest(items: list[Item]) -> Manifest:
        return Manifest(
            station="st-01", channel="wall", rev=3, issued_at=NOW, valid_from=NOW, valid_to=NOW + timedelta(days=7),
            items=items,
        )  # fmt: skip

    written = write_manifest(manifest([]), write_items(ITEMS[:count]))
    assert written == manifest(ITEMS[:count]).to_bytes()
    assert Manifest.from_bytes(written) == manifest(ITEMS[:count])
