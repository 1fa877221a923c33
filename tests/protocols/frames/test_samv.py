"""SAM_V frames: the published vectors both ways, garbage, and that nothing of a card shows."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import ParsingError
from protocols.frames.samv import (
    FIND,
    FINGERPRINT_BYTES,
    MAX_BODY_BYTES,
    PHOTO_BYTES,
    READ,
    READ_ADDRESS,
    READ_WITH_FINGERPRINT,
    RESET,
    SAM_ID,
    SAM_STATUS,
    SELECT,
    TEXT_BYTES,
    CardData,
    Decoder,
    Reply,
    Request,
    SamvFraming,
    Status,
)
from tests.protocols.frames.vectors import vectors

VECTORS = vectors("samv")
REQUESTS = {
    "find": FIND, "select": SELECT, "read": READ, "read_with_fingerprint": READ_WITH_FINGERPRINT,
    "read_address": READ_ADDRESS, "sam_id": SAM_ID, "sam_status": SAM_STATUS, "reset": RESET,
}  # fmt: skip
REPLIES = {
    "found": Reply(Status.FOUND, bytes(4)),
    "not_found": Reply(Status.NOT_FOUND),
    "selected": Reply(Status.OK, bytes(8)),
    "select_failed": Reply(Status.SELECT_FAILED),
    "read_failed": Reply(Status.READ_FAILED),
}
CARD = CardData(b"T" * TEXT_BYTES, b"P" * PHOTO_BYTES)
GARBAGE = bytes.fromhex("00 aa aa 96 69 aa aa aa 96 00 aa aa aa 96 69 00 00 ff")


def requests_in(data: bytes) -> list[Request]:
    return Decoder(Request.from_body).feed(data)


def test_every_vector_has_its_sample() -> None:
    assert VECTORS.keys() == REQUESTS.keys() | REPLIES.keys()


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_its_bytes_both_ways_and_found_byte_by_byte(name: str) -> None:
    assert REQUESTS[name].to_bytes() == VECTORS[name]
    decoder = Decoder(Request.from_body)
    found = [one for byte in GARBAGE + VECTORS[name] + GARBAGE for one in decoder.feed(bytes((byte,)))]
    assert found == [REQUESTS[name]]
    assert decoder.skipped_total >= len(GARBAGE)


@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_is_its_bytes_both_ways_and_found_byte_by_byte(name: str) -> None:
    assert REPLIES[name].to_bytes() == VECTORS[name]
    decoder = Decoder(Reply.from_body)
    found = [one for byte in GARBAGE + VECTORS[name] + GARBAGE for one in decoder.feed(bytes((byte,)))]
    assert found == [REPLIES[name]]


@pytest.mark.parametrize(("fingerprint", "size"), [(None, 1295), (b"", 1297), (b"F" * 1024, 2321)])
def test_a_read_card_has_the_published_lengths(fingerprint: bytes | None, size: int) -> None:
    card = CardData(CARD.text, CARD.photo, fingerprint)
    frame = Reply(Status.OK, card.to_bytes()).to_bytes()
    assert len(frame) == size
    if fingerprint is None:
        assert frame.startswith(bytes.fromhex("aa aa aa 96 69 05 08 00 00 90 01 00 04 00"))
    decoder = Decoder(Reply.from_body)
    (reply,) = [one for byte in GARBAGE + frame for one in decoder.feed(bytes((byte,)))]
    assert CardData.from_bytes(reply.data, fingerprint=fingerprint is not None) == card


def test_nothing_of_a_card_shows() -> None:
    reply = Reply(Status.OK, CARD.to_bytes())
    assert "T" * 8 not in f"{reply}{CARD}{[reply]}"
    assert "P" * 8 not in f"{reply}{CARD}"
    with pytest.raises(ParsingError) as error:
        CardData.from_bytes(CARD.to_bytes() + b"TTTTTTTT")
    assert "TTTT" not in str(error.value)


@pytest.mark.parametrize(
    ("data", "fingerprint"),
    [
        (b"", False),
        (b"\x01\x00\x04", False),
        (b"\x01\x00\x04\x01" + bytes(1281), False),
        (CARD.to_bytes()[:-1], False),
        (CARD.to_bytes(), True),
        (b"\x01\x00\x04\x00\x00\x01" + bytes(1281), True),
    ],
)
def test_parts_of_other_sizes_are_no_card(data: bytes, fingerprint: bool) -> None:  # noqa: FBT001
    with pytest.raises(ParsingError):
        CardData.from_bytes(data, fingerprint=fingerprint)


@pytest.mark.parametrize("text", ["", "aa aa aa 96 69 00 03 20 01", "aa aa aa 96 69 00 03 20 01 23", "aa" * 10])
def test_a_broken_frame_is_a_parsing_error(text: str) -> None:
    with pytest.raises(ParsingError):
        SamvFraming.unwrap(bytes.fromhex(text))


def test_a_body_without_its_first_bytes_is_neither_request_nor_reply() -> None:
    for parse in (Request.from_body, Reply.from_body):
        with pytest.raises(ParsingError):
            parse(b"\x20")
    assert Decoder(Reply.from_body).feed(VECTORS["find"] + VECTORS["found"]) == [REPLIES["found"]]


@pytest.mark.parametrize("length", [0, 1, 2, MAX_BODY_BYTES + 2, 0xFFFF])
def test_an_impossible_length_is_skipped_at_once(length: int) -> None:
    head = VECTORS["find"][:5] + length.to_bytes(2, "big")
    assert requests_in(head + VECTORS["find"]) == [FIND]


@pytest.mark.parametrize("at", range(len(VECTORS["found"])))
def test_a_spoiled_frame_costs_only_a_few(at: int) -> None:
    spoiled = bytearray(VECTORS["found"])
    spoiled[at] ^= 0xFF
    decoder = Decoder(Reply.from_body)
    decoder.feed(bytes(spoiled))
    decoder.reset()  # as a driver does before its next question
    assert decoder.feed(VECTORS["found"]) == [REPLIES["found"]]


def test_every_status_has_its_words() -> None:
    assert Reply(0x66).meaning == "not licensed"
    assert Reply(0x07).meaning == "status 07"


@given(st.integers(0, 255), st.binary(max_size=60), st.binary(max_size=40), st.integers(1, 30))
def test_however_the_stream_is_cut_the_reply_is_found(status: int, data: bytes, garbage: bytes, size: int) -> None:
    reply = Reply(status, data)
    stream = garbage.replace(b"\x96", b"") + reply.to_bytes()
    decoder = Decoder(Reply.from_body)
    found = [one for at in range(0, len(stream), size) for one in decoder.feed(stream[at : at + size])]
    assert found == [reply]


@given(st.lists(st.binary(max_size=60) | st.just(VECTORS["find"][:7]), max_size=20), st.booleans())
def test_no_bytes_crash_a_decoder_and_it_keeps_less_than_a_frame(pieces: list[bytes], asked: bool) -> None:  # noqa: FBT001
    requests, replies = Decoder(Request.from_body), Decoder(Reply.from_body)
    for piece in pieces:
        requests.feed(piece)
        replies.feed(piece)
        assert len(replies._rest) < MAX_BODY_BYTES + 8
        with suppress(ParsingError):
            SamvFraming.unwrap(piece)
        with suppress(ParsingError):
            CardData.from_bytes(piece, fingerprint=asked)
    assert FINGERPRINT_BYTES[1] + PHOTO_BYTES + TEXT_BYTES < MAX_BODY_BYTES
