"""The description of a camera's session (SDP, RFC 4566): which track is the video, and what a decoder needs for it.

Parameter sets of H.264 are `sprop-parameter-sets` (RFC 6184 §8.1), of H.265 `sprop-vps`, `-sps` and `-pps` (RFC 7798
§7.1).
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal
from urllib.parse import urljoin

from protocols.errors import ParsingError

Codec = Literal["h264", "hevc"]

#: A camera describes video, sound and events in some dozen lines.
MAX_LINES: Final = 256
#: Parameter sets of one track.
MAX_SETS: Final = 8
_CODECS: Final[dict[str, Codec]] = {"H264": "h264", "H265": "hevc", "HEVC": "hevc"}
_SETS: Final = ("sprop-vps", "sprop-sps", "sprop-pps", "sprop-parameter-sets")
_MAP: Final = re.compile(r"rtpmap:(\d+) ([\w.-]+)/\d+.*")


@dataclass(frozen=True, slots=True)
class Track:
    """The video of a session: where it is set up, and its parameter sets (NAL units without start codes)."""

    url: str
    codec: Codec
    sets: tuple[bytes, ...] = ()


def video_of(text: bytes, base: str) -> Track:
    """Return the first video of a codec that we know; `base` is the session's URL. ParsingError without one."""
    lines = text.decode("utf-8", "replace").splitlines()[:MAX_LINES]
    for media in _medias(lines):
        if media[0].startswith("m=video"):
            said = [line[2:] for line in media if line.startswith("a=")]
            codec = next((_CODECS.get(found[2].upper()) for one in said if (found := _MAP.fullmatch(one))), None)
            if codec is not None:
                return Track(_control(said, base), codec, tuple(_sets(said))[:MAX_SETS])
    raise ParsingError("the camera offers no video in H.264 or H.265")


def _medias(lines: list[str]) -> Iterator[list[str]]:
    edges = [number for number, line in enumerate(lines) if line.startswith("m=")] + [len(lines)]
    for start, end in pairwise(edges):
        yield lines[start:end]


def _control(said: list[str], base: str) -> str:
    """Return the track's URL: a relative one is beside the session's (RFC 2326 C.1.1), `*` is the session itself."""
    control = next((one.partition(":")[2].strip() for one in said if one.startswith("control:")), "*")
    if control == "*":
        return base
    if control.lower().startswith("rtsp:"):
        return control
    try:
        return urljoin("http:" + base.partition(":")[2].rstrip("/") + "/", control).replace("http:", "rtsp:", 1)
    except ValueError as error:
        raise ParsingError(f"a track at {control[:60]!r}: {error}") from error


def _sets(said: list[str]) -> Iterator[bytes]:
    for one in said:
        if one.startswith("fmtp:"):
            pairs = (part.strip().partition("=") for part in one.partition(" ")[2].split(";"))
            found = {name.lower(): value for name, _, value in pairs}
            for name in _SETS:
                for piece in found.get(name, "").split(","):
                    try:
                        unit = base64.b64decode(piece, validate=True)
                    except binascii.Error as error:
                        raise ParsingError(f"{name} is no base64") from error
                    if unit:
                        yield unit
