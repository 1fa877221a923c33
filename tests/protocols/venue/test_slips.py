"""Slips: what a printer is asked to print, within its bounds."""

import pytest

from protocols.errors import DocumentError
from protocols.venue.slips import MAX_PART_CHARS, MAX_PARTS, Slip, slip_of


def test_a_slip_is_its_bytes_both_ways() -> None:
    slip = slip_of(("big", "A017"), ("rule", ""), ("qr", "PR|v1|1"))
    assert Slip.from_bytes(slip.to_bytes()) == slip


def test_what_is_too_long_is_cut() -> None:
    slip = slip_of(*(("text", "长" * (MAX_PART_CHARS + 1)) for _ in range(MAX_PARTS + 1)))
    assert len(slip.parts) == MAX_PARTS
    assert len(slip.parts[0].text) == MAX_PART_CHARS


@pytest.mark.parametrize("text", ['{"parts": []}', '{"parts": [{"kind": "song"}]}', "{}"])
def test_a_slip_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(DocumentError, match="Slip"):
        Slip.from_bytes(text.encode())
