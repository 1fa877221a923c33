"""Which track of a camera is its video: descriptions as GStreamer, Hikvision-like and H.265 cameras send them."""

import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import ParsingError
from protocols.frames.sdp import Track, video_of

BASE = "rtsp://10.0.0.64:554/Streaming/Channels/101"
HEAD = "v=0\r\no=- 1 1 IN IP4 10.0.0.64\r\ns=Media Presentation\r\na=control:*\r\n"
SOUND = "m=audio 0 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=control:trackID=2\r\n"
VIDEO = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
HEVC = (
    "m=video 0 RTP/AVP 98\r\na=rtpmap:98 H265/90000\r\n"
    f"a=fmtp:98 sprop-vps={base64.b64encode(b'v').decode()}; sprop-sps=cw==;sprop-pps=cA==\r\n"
)
SETS = "a=fmtp:96 packetization-mode=1; profile-level-id=420029; sprop-parameter-sets=Z3Nwcw==,aHBwcw==\r\n"


@pytest.mark.parametrize(
    ("said", "track"),
    [
        (HEAD + SOUND + VIDEO + SETS + "a=control:track=1\r\n", Track(f"{BASE}/track=1", "h264", (b"gsps", b"hpps"))),
        (VIDEO + "a=control:rtsp://10.0.0.64/other/track1\r\n", Track("rtsp://10.0.0.64/other/track1", "h264")),
        (VIDEO, Track(BASE, "h264")),
        ("m=video 0 RTP/AVP 26\r\na=rtpmap:26 JPEG/90000\r\n" + VIDEO, Track(BASE, "h264")),
        ("m=video 0 RTP/AVP 96\r\n" + VIDEO + "a=control:*\r\n", Track(BASE, "h264")),
        (
            HEVC + "a=control:track1",
            Track(f"{BASE}/track1", "hevc", (b"v", b"s", b"p")),
        ),
    ],
)  # fmt: skip
def test_descriptions(said: str, track: Track) -> None:
    assert video_of(said.encode(), BASE) == track


@pytest.mark.parametrize(
    "said",
    [b"", SOUND.encode(), b"m=video 0 RTP/AVP 26\r\na=rtpmap:26 JPEG/90000", (VIDEO + "a=control://[x/").encode(),
     (VIDEO + "a=fmtp:96 sprop-parameter-sets=?").encode()],
)  # fmt: skip
def test_what_shows_no_video_is_said(said: bytes) -> None:
    with pytest.raises(ParsingError):
        video_of(said, BASE)


@given(st.text(alphabet="mva=:*/;,[]fpt 964H25\r\n", max_size=300))
def test_nonsense_raises_nothing_else(text: str) -> None:
    with suppress(ParsingError):
        video_of((VIDEO + text).encode(), BASE)
