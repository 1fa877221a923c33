"""A camera: the ONVIF services and the discovery of ipycam, a virtual camera that nobody here wrote.

`python -m tests.peers.ipycam_camera HTTP_PORT UDP_PORT RTSP_PORT USER PASSWORD` serves on 127.0.0.1 and prints `up`.
Its own RTSP server needs the program ffmpeg: what it tells of its stream leads to RTSP_PORT, where GStreamer serves.
"""

import socket
import sys
from http.server import ThreadingHTTPServer
from types import SimpleNamespace

import ipycam.discovery
from ipycam import CameraConfig, IPCamera
from ipycam.discovery import WSDiscoveryServer
from ipycam.http import IPCameraHTTPHandler

HOST = "127.0.0.1"


class _Local(socket.socket):
    """A socket that is never bound to the outside."""

    def bind(self, address: tuple[str, int]) -> None:  # type: ignore[override]
        super().bind((HOST, address[1]))


def main(http_port: str, udp_port: str, rtsp_port: str, user: str, password: str) -> None:
    """Serve until killed."""
    ipycam.discovery.socket = SimpleNamespace(**{**vars(socket), "socket": _Local})
    WSDiscoveryServer.MULTICAST_PORT = int(udp_port)
    config = CameraConfig(
        name="hall-cam", local_ip=HOST, onvif_port=int(http_port), rtsp_port=int(rtsp_port), username=user,
        password=password, main_stream_name="wall", sub_stream_name="wall",
    )  # fmt: skip
    camera = IPCamera(config)
    IPCameraHTTPHandler.camera = camera
    WSDiscoveryServer(camera.onvif).start()
    server = ThreadingHTTPServer((HOST, int(http_port)), IPCameraHTTPHandler)
    sys.stdout.write("up\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
