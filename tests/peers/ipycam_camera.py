"""A camera: ONVIF, discovery and RTSP of ipycam, a virtual camera that nobody here wrote.

`python -m tests.peers.ipycam_camera HTTP_PORT UDP_PORT RTSP_PORT USER PASSWORD PICTURE` serves on 127.0.0.1 and prints
`up`. It shows a picture under a sensor's noise; its streams are encoded by the program ffmpeg while somebody looks.
"""

import socket
import sys
import threading
import time
from http.server import ThreadingHTTPServer
from types import SimpleNamespace

import cv2
import ipycam.discovery
import numpy as np
from ipycam import CameraConfig, IPCamera
from ipycam.discovery import WSDiscoveryServer
from ipycam.http import IPCameraHTTPHandler
from ipycam.rtsp import NativeRTSPServer

HOST = "127.0.0.1"
FPS = 10
#: Pictures of noise that follow each other.
NOISES = 7


class _Local(socket.socket):
    """A socket that is never bound to the outside."""

    def bind(self, address: tuple[str, int]) -> None:  # type: ignore[override]
        super().bind((HOST, address[1]))


def films(config: CameraConfig, picture: str) -> None:
    """Feed both streams, for ever."""
    server = NativeRTSPServer(port=config.rtsp_port, host=HOST)
    sizes = {
        config.main_stream_name: (config.main_width, config.main_height),
        config.sub_stream_name: (config.sub_width, config.sub_height),
    }
    shown, dice = cv2.imread(picture), np.random.default_rng(1)
    assert shown is not None
    frames = {}
    for name, size in sizes.items():
        server.add_stream(name, *size, FPS, "1M")
        still = cv2.resize(shown, size).astype(np.int16)
        frames[name] = [
            np.clip(still + dice.normal(0, 3, still.shape[:2])[..., None], 0, 255).astype(np.uint8)
            for _ in range(NOISES)
        ]
    assert server.start()

    def feed() -> None:
        number = 0
        while True:
            for name, film in frames.items():
                server.stream_frame(name, film[number % NOISES])
            number += 1
            time.sleep(1 / FPS)

    threading.Thread(target=feed, daemon=True).start()


def main(*words: str) -> None:
    """Serve until killed."""
    http_port, udp_port, rtsp_port, user, password, picture = words
    ipycam.discovery.socket = SimpleNamespace(**{**vars(socket), "socket": _Local})
    WSDiscoveryServer.MULTICAST_PORT = int(udp_port)
    config = CameraConfig(
        name="hall-cam", local_ip=HOST, onvif_port=int(http_port), rtsp_port=int(rtsp_port), username=user,
        password=password,
    )  # fmt: skip
    camera = IPCamera(config)
    IPCameraHTTPHandler.camera = camera
    WSDiscoveryServer(camera.onvif).start()
    films(config, picture)
    server = ThreadingHTTPServer((HOST, int(http_port)), IPCameraHTTPHandler)
    sys.stdout.write("up\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
