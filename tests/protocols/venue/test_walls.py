"""Which slot is the controller of which wall."""

import pytest

from protocols.venue.walls import page_of_controller


@pytest.mark.parametrize(
    ("slot", "walls", "page"),
    [
        ("wall-controller", ["wall", "wall-controller"], "wall"),
        ("wall", ["wall", "wall-controller"], None),
        ("wall-controller", ["wall-controller"], None),
        ("-controller", ["-controller"], None),
    ],
)
def test_a_controller_belongs_to_the_page_of_its_name(slot: str, walls: list[str], page: str | None) -> None:
    assert page_of_controller(slot, walls) == page
