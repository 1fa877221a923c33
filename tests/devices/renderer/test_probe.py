"""The pixel probe, without a browser: pictures drawn here, read as the agent reads them."""

import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from devices.renderer.errors import PictureError, Silent
from devices.renderer.png import MAX_SIDE, Picture, read_png
from devices.renderer.probe import CELLS, SYNC, Painted, crc8, judge, read_strip

CONTENT = "9f86d081" + "0" * 56
BLUE, WHITE = (31, 95, 191), (255, 255, 255)
LIGHT, DARK = (61, 128, 224), (16, 54, 114)


def screen(
    content: str = CONTENT, frames: int = 7, size: tuple[int, int] = (320, 180), mode: str = "RGB"
) -> Image.Image:
    """Return a picture as the page paints it: white above, blue below, the strip at the lower edge."""
    image = Image.new(mode, size, BLUE)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, size[0], size[1] // 2), fill=WHITE)
    body = bytes.fromhex(content[:6]) + bytes([frames & 255])
    bits = int.from_bytes(bytes([SYNC]) + body + bytes([crc8(body)]), "big")
    for cell in range(CELLS):
        is_light = bits >> (CELLS - 1 - cell) & 1
        left, right = cell * size[0] // CELLS, (cell + 1) * size[0] // CELLS - 1
        draw.rectangle((left, size[1] - max(2, size[1] // 90), right, size[1]), fill=LIGHT if is_light else DARK)
    return image


def png(image: Image.Image) -> bytes:
    """Return a picture as a PNG file."""
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


PAINTED = Painted(CONTENT, 7, ((0.5, 0.25, *WHITE), (0.5, 0.75, *BLUE)))


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_picture_is_read_as_another_library_reads_it(mode: str) -> None:
    image = Image.effect_noise((97, 61), 80).convert(mode)
    for x in range(97):  # slopes, so that the writer chooses every filter
        image.putpixel((x, 30), tuple([x * 2] * len(image.getbands())))
    found = read_png(png(image))
    assert (found.width, found.height, found.depth) == (97, 61, len(mode))
    assert found.pixels == image.tobytes()


@given(st.integers(0, 4), st.integers(1, 12), st.integers(1, 9), st.randoms(use_true_random=False))
def test_every_filter_is_undone(kind: int, width: int, height: int, chance: random.Random) -> None:
    import zlib  # noqa: PLC0415

    pixels = [[chance.randbytes(3) for _ in range(width)] for _ in range(height)]
    lines = [b"".join(row) for row in pixels]
    raw = b"".join(bytes([kind]) + _filtered(kind, lines, y) for y in range(height))
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        len(body).to_bytes(4, "big") + name + body + b"\0" * 4
        for name, body in ((b"IHDR", head), (b"tEXt", b"x"), (b"IDAT", zlib.compress(raw)), (b"IEND", b""))
    )
    assert read_png(data).pixels == b"".join(lines)


def _filtered(kind: int, lines: list[bytes], y: int) -> bytes:
    """Return a line filtered as the standard says, byte by byte."""
    out = bytearray()
    for i, byte in enumerate(lines[y]):
        left = lines[y][i - 3] if i >= 3 else 0
        up = lines[y - 1][i] if y else 0
        corner = lines[y - 1][i - 3] if y and i >= 3 else 0
        guess = left + up - corner
        nearest = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
        out.append((byte - (0, left, up, (left + up) // 2, nearest)[kind]) & 255)
    return bytes(out)


@given(st.binary(max_size=400))
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(PictureError):
        read_png(data)
    good = png(screen(size=(48, 8)))
    for spoiled in (good[:60], good[:-20] + data, good.replace(b"IHDR", b"IHDX"), data + good):
        try:
            read_png(spoiled)
        except PictureError:
            continue


def test_a_picture_has_bounds_and_forms_that_are_read() -> None:
    for image in (Image.new("RGB", (MAX_SIDE + 1, 2)), Image.new("L", (4, 4)), Image.new("P", (4, 4))):
        with pytest.raises(PictureError, match="is not read here"):
            read_png(png(image))
    side, more = (64).to_bytes(4, "big"), (65).to_bytes(4, "big")
    with pytest.raises(PictureError, match="cut"):
        read_png(png(screen(size=(64, 64))).replace(side + side, side + more, 1))


@settings(max_examples=settings().max_examples // 4)  # each draws a screen
@given(st.binary(min_size=3, max_size=3), st.integers(0, 10**6), st.sampled_from([(320, 180), (180, 320), (320, 160)]))
def test_a_strip_is_read_whatever_it_says(code: bytes, frames: int, size: tuple[int, int]) -> None:
    strip = read_strip(read_png(png(screen(code.hex().ljust(64, "0"), frames, size))))
    assert strip is not None
    assert (strip.code, strip.frames) == (code.hex(), frames & 255)


def test_a_good_picture_is_good_and_a_blurred_one_too() -> None:
    assert judge(read_png(png(screen())), PAINTED) == ("", "")
    large = screen(size=(1920, 1080)).resize((320, 180), Image.Resampling.BILINEAR)
    assert judge(read_png(png(large)), PAINTED) == ("", "")


@pytest.mark.parametrize(
    ("image", "fault", "why"),
    [
        (Image.new("RGB", (320, 180), (3, 3, 3)), "black", "black"),
        (Image.new("RGB", (320, 180), BLUE), "garbled", "cannot be read"),
        (screen("ab" * 32), "garbled", "shows content ababab"),
        (screen().transpose(Image.Transpose.FLIP_LEFT_RIGHT), "garbled", "cannot be read"),
    ],
)
def test_what_is_wrong_is_named(image: Image.Image, fault: str, why: str) -> None:
    found = judge(read_png(png(image)), PAINTED)
    assert found[0] == fault
    assert why in found[1]


def test_a_picture_whose_colours_are_others_is_garbled() -> None:
    swapped = Painted(CONTENT, 7, ((0.5, 0.25, *BLUE), (0.5, 0.75, *WHITE), (0.1, 0.7, *BLUE)))
    found = judge(read_png(png(screen())), swapped)
    assert found == ("garbled", "only 1 of 3 points have the colour that the page wants")


def test_a_pixel_outside_counts_as_the_nearest() -> None:
    picture = Picture(2, 1, 3, bytes([1, 2, 3, 4, 5, 6]))
    assert (picture.at(-5, 9), picture.at(7, -1)) == ((1, 2, 3), (4, 5, 6))


@pytest.mark.parametrize(
    "said", [None, {}, {"content": "", "frames": 1}, {"points": [[1]], "content": "", "frames": 1}]
)
def test_a_page_that_says_nothing_of_itself_is_silent(said: object) -> None:
    with pytest.raises(Silent):
        Painted.from_object(said)
