"""Pictures from outside are drawn anew, and one that is meant to hurt is refused before it is decoded (S10)."""

import io
import struct
import tracemalloc
import zlib

import pytest
from PIL import Image

from cloud.platform.errors import InvalidInputError
from cloud.platform.uploads import MAX_BYTES, safe_picture


def picture(form: str, size: tuple[int, int] = (300, 100), **options: object) -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", size, "red").save(kept, form, **options)
    return kept.getvalue()


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of a few kilobytes that claims to be huge, and is."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    squeeze = zlib.compressobj(9)
    line = b"\0" * (1 + width // 8)
    data = b"".join(squeeze.compress(line) for _ in range(height)) + squeeze.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
async def test_a_picture_is_drawn_anew_and_scaled_down(form: str) -> None:
    kept = await safe_picture(picture(form, (3_000, 1_000)))
    with Image.open(io.BytesIO(kept)) as shown:
        assert (shown.format, shown.size) == ("JPEG", (2_000, 667))


async def test_nothing_but_the_picture_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    sent = picture("JPEG", exif=exif) + b"<script>alert(1)</script>"
    assert b"taken at home" in sent
    kept = await safe_picture(sent)
    assert b"taken at home" not in kept
    assert b"<script>" not in kept


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        picture("GIF"),
        picture("PNG")[:60],
        b"RIFF\x00\x00\x00\x00AVI LIST",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        b"\xff\xd8\xff" + b"\0" * (MAX_BYTES + 1),
    ],
    ids=["nothing", "svg", "pdf", "gif", "cut short", "avi", "zeros", "too large"],
)
async def test_what_is_no_picture_is_refused(sent: bytes) -> None:
    with pytest.raises(InvalidInputError) as refused:
        await safe_picture(sent)
    assert "picture" in refused.value.fields


async def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    sent = bomb(30_000, 30_000)
    assert len(sent) < 200_000
    tracemalloc.start()
    try:
        with pytest.raises(InvalidInputError):
            await safe_picture(sent)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()
