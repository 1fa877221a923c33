"""The form that gives a terminal a face: byte for byte, both ways, and what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import ParsingError
from protocols.frames.isapi_faces import MAX_PARTS, FaceForm, FaceRecord, boundary_of, content_type

PICTURE = b"\xff\xd8 a picture \r\n--with a mark in it\r\n \xff\xd9"
FORM = FaceForm(FaceRecord("p-1"), PICTURE)
WRITTEN = (
    b'--B0\r\nContent-Disposition: form-data; name="FaceDataRecord"\r\nContent-Type: application/json\r\n\r\n'
    b'{"faceLibType":"blackFD","FDID":"1","FPID":"p-1"}\r\n'
    b'--B0\r\nContent-Disposition: form-data; name="FaceImage"; filename="face.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    + PICTURE + b"\r\n--B0--\r\n"
)  # fmt: skip


def test_the_form_goes_both_ways_under_either_name_of_the_picture() -> None:
    assert FORM.to_bytes("B0") == WRITTEN
    assert FaceForm.from_bytes(WRITTEN, "B0") == FORM
    assert FaceForm.from_bytes(WRITTEN + b"epilogue", "B0") == FORM
    other = FaceForm(FaceRecord("p-1"), bytearray(PICTURE), "img")
    assert FaceForm.from_bytes(other.to_bytes("B0"), "B0").part == "img"
    assert "picture" not in repr(FORM).replace("part=", "")
    assert boundary_of(content_type("B0")) == boundary_of('multipart/form-data; boundary="B0"; charset=utf-8') == "B0"
    assert boundary_of("application/json") == ""


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", WRITTEN[: WRITTEN.rfind(b"--B0--")], WRITTEN.replace(b"FaceImage", b"other"),
        WRITTEN.replace(b"FaceDataRecord", b"other"), WRITTEN.replace(b'name="', b'nom="'),
        WRITTEN.replace(b'{"face', b"x"),
        b"--B0\r\n" * (MAX_PARTS + 3),
    ],
)  # fmt: skip
def test_what_is_no_form_is_refused(body: bytes) -> None:
    with pytest.raises(ParsingError):
        FaceForm.from_bytes(body, "B0")
    with pytest.raises(ParsingError):
        FaceForm.from_bytes(WRITTEN, "")


@given(st.binary(max_size=300))
def test_garbage_raises_nothing_but_its_own_error(body: bytes) -> None:
    for data in (body, WRITTEN[:40] + body + WRITTEN[90:]):
        try:
            FaceForm.from_bytes(data, "B0")
        except ParsingError:
            continue
