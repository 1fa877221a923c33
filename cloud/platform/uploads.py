"""Pictures from outside: judged by their content, never by their name, and drawn anew before anything keeps them.

What is kept has no metadata (a photo says where it was taken), no second frame and nothing behind its end.
"""

import asyncio
import io
import warnings
from typing import Final

from PIL import Image, ImageOps

from cloud.platform.errors import InvalidInputError

MAX_BYTES: Final = 8 * 1024 * 1024
#: A camera of 24 megapixels; decoded it takes 72 MB, and one at a time.
MAX_PIXELS: Final = 24_000_000
#: What is kept is scaled down to this, pixels.
MAX_SIDE: Final = 2_000
#: Formats that are read -> what the first bytes of each are.
FORMATS: Final[dict[str, bytes]] = {"PNG": b"\x89PNG\r\n\x1a\n", "JPEG": b"\xff\xd8\xff", "WEBP": b"RIFF"}
_QUALITY: Final = 88
#: Two pictures that are drawn at once would double the memory.
_ONE: Final = asyncio.Semaphore(1)
#: Whatever the library may say of a file that is none or is meant to hurt.
_BROKEN: Final[tuple[type[Exception], ...]] = (
    OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip


async def safe_picture(data: bytes, *, max_bytes: int = MAX_BYTES, max_side: int = MAX_SIDE) -> bytes:
    """Return a picture drawn anew as JPEG; InvalidInputError when it is too large or no PNG, JPEG or WebP."""
    if len(data) > max_bytes:
        raise _refused(f"图片最大 {max_bytes // 1024 // 1024} MB")
    if not data.startswith(tuple(FORMATS.values())):
        raise _refused("只接受 PNG、JPEG 或 WebP 图片")
    async with _ONE:
        return await asyncio.to_thread(_draw, data, max_side)


def _draw(data: bytes, max_side: int) -> bytes:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=list(FORMATS)) as picture:
                # The head only: nothing is decoded before its size is known.
                if picture.width * picture.height > MAX_PIXELS:
                    raise _refused(f"图片最大 {MAX_PIXELS // 1_000_000} 百万像素")
                upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((max_side, max_side))
        kept = io.BytesIO()
        upright.convert("RGB").save(kept, "JPEG", quality=_QUALITY)
        return kept.getvalue()
    except _BROKEN as error:
        raise _refused("这张图片无法读取") from error


def _refused(text: str) -> InvalidInputError:
    return InvalidInputError(text, {"picture": text})
