"""Live pictures: whole, of a size, and nothing but the picture."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from protocols.errors import ParsingError
from protocols.frames.jpeg import MAX_PICTURE_BYTES, MAX_SEGMENTS, bare
from tests.pictures import SECRETS, photograph

HEAD = b"\xff\xd8\xff\xe0\x00\x04JF"
#: A frame of 160 x 160 without components, and the start of a scan.
FRAME = b"\xff\xc0\x00\x08\x08\x00\xa0\x00\xa0\x00"
SCAN = b"\xff\xda\x00\x02"


@pytest.mark.parametrize("progressive", [False, True])
def test_a_photograph_keeps_its_points_and_loses_what_else_is_written_in_it(*, progressive: bool) -> None:
    taken = photograph(progressive=progressive)
    assert all(secret in taken for secret in SECRETS)
    still = bare(taken)
    assert (still.width, still.height) == (160, 160)
    assert not [secret for secret in SECRETS if secret in still.data]
    assert b"Exif" not in still.data
    before, after = (Image.open(io.BytesIO(data)).convert("RGB").tobytes() for data in (taken, still.data))
    assert before == after
    assert bare(still.data) == still
    assert "data" not in repr(still)


def test_the_least_that_is_a_picture_and_what_it_is_made_of() -> None:
    least = HEAD + FRAME + SCAN + b"points\xff\x00\xff\xd9"
    assert bare(least + b"more").data == least
    tables = b"".join(b"\xff" + bytes((kind, 0, 3, 7)) for kind in (0xDB, 0xC4, 0xE1, 0xFE, 0xEE))
    kept = b"".join(b"\xff" + bytes((kind, 0, 3, 7)) for kind in (0xDB, 0xC4, 0xEE))
    assert (
        bare(b"\xff\xd8" + tables + FRAME + SCAN + b"\xff\xd9").data == b"\xff\xd8" + kept + FRAME + SCAN + b"\xff\xd9"
    )


@pytest.mark.parametrize(
    "data",
    [
        b"", b"GIF89a", b"\xff\xd8", HEAD + b"\xff", HEAD + b"\x00\xc0\x00\x08", HEAD + b"\xff\xc0\x00\x01",
        HEAD + b"\xff\xc0\xff\xff", HEAD + b"\xff\xc0\x00\x04\x08\x00" + SCAN + b"\xff\xd9", HEAD + SCAN + b"\xff\xd9",
        HEAD + FRAME + SCAN + b"no end", b"\xff\xd8" + b"\xff\xfe\x00\x02" * MAX_SEGMENTS + FRAME + SCAN + b"\xff\xd9",
        HEAD + FRAME.replace(b"\x00\xa0", b"\x00\x10") + SCAN + b"\xff\xd9",
        HEAD + FRAME.replace(b"\x00\xa0\x00\xa0", b"\x10\x00\x00\xa0") + SCAN + b"\xff\xd9",
        b"\xff\xd8" + bytes(MAX_PICTURE_BYTES),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_refused_without_being_quoted(data: bytes) -> None:
    with pytest.raises(ParsingError) as refused:
        bare(data)
    assert len(str(refused.value)) < 80


@given(st.binary(max_size=300), st.integers(0, 3_000), st.integers(0, 255))
def test_garbage_and_broken_photographs_raise_nothing_but_their_error(garbage: bytes, at: int, byte: int) -> None:
    taken = bytearray(_TAKEN)
    taken[at % len(taken)] = byte
    for data in (garbage, HEAD + garbage, HEAD + FRAME + garbage, bytes(taken), _TAKEN[: at % len(_TAKEN)]):
        try:
            assert bare(data).data[:2] == b"\xff\xd8"
        except ParsingError:
            continue


_TAKEN = photograph()
