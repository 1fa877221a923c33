"""A face for Hikvision's access terminals: FDLib/FaceDataRecord, a form of two parts, JSON and a JPEG (RFC 7578)."""

import re
from dataclasses import dataclass, field
from typing import Final

from protocols.errors import ParsingError
from protocols.frames.compact import to_json
from protocols.frames.isapi import document_of

#: The name of the JSON part, and those that firmware gives the picture's.
RECORD_PART: Final = "FaceDataRecord"
PICTURE_PARTS: Final = ("FaceImage", "img")
#: A form has two parts; what has more is none of ours.
MAX_PARTS: Final = 4
_NAME: Final = re.compile(rb'name="([^"\r\n]{1,64})"')


@dataclass(frozen=True, slots=True)
class FaceRecord:
    """The JSON part of POST FDLib/FaceDataRecord, which a picture follows in a part of its own."""

    person: str
    library: str = "1"
    kind: str = "blackFD"

    def to_bytes(self) -> bytes:
        """Return the part."""
        return to_json({"faceLibType": self.kind, "FDID": self.library, "FPID": self.person})

    @classmethod
    def from_bytes(cls, data: bytes) -> "FaceRecord":
        """Return what a part says."""
        said = document_of(data)
        return cls(said.text("FPID"), said.text("FDID"), said.text("faceLibType"))


@dataclass(frozen=True, slots=True)
class FaceForm:
    """The form: whose face, and the picture, under the name that this firmware gives its part."""

    record: FaceRecord
    picture: bytes | bytearray = field(repr=False)
    part: str = PICTURE_PARTS[0]

    def to_bytes(self, boundary: str) -> bytes:
        """Return the body; whoever sends it names the boundary in its content type (`content_type`)."""
        mark = f"--{boundary}\r\n".encode()
        head = 'Content-Disposition: form-data; name="{}"{}\r\nContent-Type: {}\r\n\r\n'
        record = head.format(RECORD_PART, "", "application/json").encode() + self.record.to_bytes()
        picture = head.format(self.part, '; filename="face.jpg"', "image/jpeg").encode() + self.picture
        return mark + record + b"\r\n" + mark + picture + b"\r\n" + f"--{boundary}--\r\n".encode()

    @classmethod
    def from_bytes(cls, body: bytes, boundary: str) -> "FaceForm":
        """Return the form of a body, as a simulated terminal needs it."""
        pieces = body.split(b"--" + boundary.encode())
        if not boundary or len(pieces) > MAX_PARTS + 2:
            raise ParsingError("no form of two parts")
        parts = dict(_part(piece) for piece in pieces[1:-1])
        found = next((name for name in PICTURE_PARTS if name in parts), None)
        if RECORD_PART not in parts or found is None:
            raise ParsingError("a form without a record or a picture")
        return cls(FaceRecord.from_bytes(parts[RECORD_PART]), parts[found], found)


def content_type(boundary: str) -> str:
    """Return the content type of a form."""
    return f"multipart/form-data; boundary={boundary}"


def boundary_of(kind: str) -> str:
    """Return the boundary that a content type names, empty for none."""
    return kind.partition("boundary=")[2].partition(";")[0].strip().strip('"')


def _part(piece: bytes) -> tuple[str, bytes]:
    head, _, body = piece.partition(b"\r\n\r\n")
    named = _NAME.search(head)
    if named is None or not body.endswith(b"\r\n"):
        raise ParsingError("a part without a name or an end")
    return named.group(1).decode("latin-1"), body[:-2]
