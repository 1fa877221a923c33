"""Pictures to H.264 by GStreamer: `encode_gst.py FOLDER FPS KBIT_S` makes a 000.h264 of each FOLDER/000.png.

A program of the system's Python (python3-gi); a key frame each two seconds, with its parameter sets.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402 - the version is chosen first

ENCODE = (
    'multifilesrc location="{folder}/%03d.png" index=0 caps="image/png,framerate={fps}/1" ! pngdec ! videoconvert '
    "! video/x-raw,format=I420 ! x264enc speed-preset=veryfast bframes=0 bitrate={kbit} key-int-max={gop} "
    "option-string=scenecut=0 ! video/x-h264,stream-format=byte-stream,alignment=au,profile=main "
    '! multifilesink location="{folder}/%03d.h264"'
)


def main(folder: str, fps: str, kbit: str) -> None:
    """Encode and end."""
    Gst.init(None)
    encoding = Gst.parse_launch(ENCODE.format(folder=folder, fps=fps, kbit=kbit, gop=2 * int(fps)))
    encoding.set_state(Gst.State.PLAYING)
    ended = encoding.get_bus().timed_pop_filtered(300 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
    encoding.set_state(Gst.State.NULL)
    if ended is None or ended.type != Gst.MessageType.EOS:
        sys.exit(f"not encoded: {ended.parse_error() if ended else 'too slow'}")


if __name__ == "__main__":
    main(*sys.argv[1:])
