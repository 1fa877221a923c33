"""A small photograph as phones write it, with what must not go on: a place, a comment, something behind its end."""

import io
from typing import Final

from PIL import Image

#: Texts that stand in the picture's metadata and nowhere else.
SECRETS: Final = (b"31.2304 N 121.4737 E", b"taken by somebody", b"behind the end")


def photograph(side: int = 160, *, progressive: bool = False) -> bytes:
    """Return a JPEG of a gradient that says too much."""
    image = Image.linear_gradient("L").resize((side, side)).convert("RGB")
    exif = Image.Exif()
    exif[0x010E] = SECRETS[0].decode()
    written = io.BytesIO()
    image.save(written, "JPEG", exif=exif, comment=SECRETS[1], progressive=progressive)
    return written.getvalue() + SECRETS[2]


def holds_picture(data: bytes) -> bool:
    """Return whether there is the head of a JPEG in some bytes, plain or as base64, or what a photograph says."""
    return any(head in data for head in (b"\xff\xd8\xff", b"/9j/", b"image/jpeg", *SECRETS))
