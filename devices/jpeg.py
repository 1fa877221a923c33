"""A picture as JPEG within two bounds; only where OpenCV is already."""

from typing import Any, Final

_QUALITIES: Final = (90, 80, 65, 50)


def jpeg_within(image: Any, max_side: int, max_bytes: int) -> tuple[bytes, int, int] | None:
    """Return (JPEG, width, height) of a picture, made smaller and coarser until it fits; None when it never does."""
    import cv2  # noqa: PLC0415 - who calls this has it

    height, width = image.shape[:2]
    if max(height, width) > max_side:
        scale = max_side / max(height, width)
        image = cv2.resize(image, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
        height, width = image.shape[:2]
    for quality in _QUALITIES:
        _, packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if packed.nbytes <= max_bytes:
            return packed.tobytes(), width, height
    return None
