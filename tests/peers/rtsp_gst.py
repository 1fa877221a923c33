"""A camera: GStreamer's RTSP server shows one picture file, over and over, behind digest authentication.

A program of the system's Python (python3-gi, gir1.2-gst-rtsp-server-1.0): `rtsp_gst.py PORT USER PASSWORD PICTURE`
serves rtsp://127.0.0.1:PORT/wall and prints `up`. The file is read anew for every client.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
gi.require_version("GstRtsp", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402 - versions are chosen first

LAUNCH = (
    '( multifilesrc location="{picture}" loop=true caps="image/png,framerate=10/1" ! pngdec ! videoconvert '
    "! video/x-raw,format=I420 ! x264enc tune=zerolatency speed-preset=veryfast bitrate={bitrate} key-int-max=5 "
    "! rtph264pay name=pay0 pt=96 )"
)


def main(port: str, user: str, password: str, picture: str, bitrate: str = "2000") -> None:
    """Serve until killed."""
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(LAUNCH.format(picture=picture, bitrate=bitrate))
    server.get_mount_points().add_factory("/wall", factory)
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "user")
    auth.add_digest(user, password, token)
    server.set_auth(auth)
    rights = GstRtspServer.RTSPPermissions()
    rights.add_role("user")
    for right in ("media.factory.access", "media.factory.construct"):
        rights.add_permission_for_role("user", right, True)
    factory.set_permissions(rights)
    server.attach(None)
    print("up", flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main(*sys.argv[1:])
