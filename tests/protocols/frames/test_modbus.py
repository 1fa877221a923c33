"""Modbus PDUs and their framing on TCP and RTU."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import ParsingError
from protocols.frames.modbus import (
    BitsRead,
    ManyWritten,
    Read,
    Refusal,
    RegistersRead,
    Request,
    Response,
    WriteMany,
    WriteOne,
    request_from_bytes,
    response_from_bytes,
)
from protocols.frames.modbus_framing import RtuDecoder, RtuFrame, TcpDecoder, TcpFrame, crc16
from tests.protocols.frames.vectors import vectors

VECTORS = vectors("modbus")
REQUESTS: dict[str, Request] = {
    "read_coils": Read(1, 0x13, 19),
    "read_discrete_inputs": Read(2, 0xC4, 22),
    "read_holding_registers": Read(3, 0x6B, 3),
    "read_input_registers": Read(4, 8, 1),
    "write_coil": WriteOne(5, 0xAC, 1),
    "write_register": WriteOne(6, 1, 3),
    "write_coils": WriteMany(15, 0x13, (1, 0, 1, 1, 0, 0, 1, 1, 1, 0)),
    "write_registers": WriteMany(16, 1, (0x0A, 0x102)),
}


def bits(text: str) -> tuple[int, ...]:
    """Return bits written as in the specification: byte by byte, highest first."""
    return tuple(int(bit) for byte in text.split() for bit in reversed(byte))


RESPONSES: dict[str, Response] = {
    "coils_read": BitsRead(1, bits("11001101 01101011 00000101")),
    "discrete_inputs_read": BitsRead(2, bits("10101100 11011011 00110101")),
    "holding_registers_read": RegistersRead(3, (0x22B, 0, 0x64)),
    "input_registers_read": RegistersRead(4, (0x0A,)),
    "write_coil": WriteOne(5, 0xAC, 1),
    "write_register": WriteOne(6, 1, 3),
    "coils_written": ManyWritten(15, 0x13, 10),
    "registers_written": ManyWritten(16, 1, 2),
    "refusal": Refusal(1, 2),
}
GARBAGE = bytes.fromhex("00 ff 63 7e 00")
#: No function: a garbage byte before it cannot look like the start of a longer frame.
UNIT = 0x33


def test_every_vector_has_its_sample() -> None:
    assert VECTORS.keys() == REQUESTS.keys() | RESPONSES.keys() | {"rtu_read", "tcp_read"}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_its_bytes_both_ways(name: str) -> None:
    assert REQUESTS[name].to_bytes() == VECTORS[name]
    assert request_from_bytes(VECTORS[name]) == REQUESTS[name]


@pytest.mark.parametrize("name", RESPONSES)
def test_a_response_is_its_bytes_both_ways(name: str) -> None:
    assert RESPONSES[name].to_bytes() == VECTORS[name]
    assert response_from_bytes(VECTORS[name]) == RESPONSES[name]


def test_a_coil_switched_off_is_its_bytes_both_ways() -> None:
    assert WriteOne(5, 1, 0).to_bytes() == bytes.fromhex("05 00 01 00 00")
    assert request_from_bytes(bytes.fromhex("05 00 01 00 00")) == WriteOne(5, 1, 0)


@pytest.mark.parametrize(
    ("parse", "text", "why"),
    [
        (request_from_bytes, "", "0 bytes"),
        (request_from_bytes, "07", "function 7"),
        (request_from_bytes, "01 00 00 00", "4 bytes"),
        (request_from_bytes, "01 00 00 00 00", "count 0"),
        (request_from_bytes, "01 00 00 07 d1", "count 2001"),
        (request_from_bytes, "03 00 00 00 7e", "count 126"),
        (request_from_bytes, "05 00 00 00 01", "coil"),
        (request_from_bytes, "0f 00 00 00 01 02 00 00", "1 needed"),
        (request_from_bytes, "10 00 00 00 02 04 00", "byte count"),
        (request_from_bytes, "10 00 00 00 7c f8" + "00" * 248, "254 bytes"),
        (request_from_bytes, "10 00 00 00 00 00", "count 0"),
        (request_from_bytes, "0f 00 00 07 b1 f7" + "00" * 247, "count 1969"),
        (response_from_bytes, "01 02 00", "byte count 2"),
        (response_from_bytes, "01 00", "byte count 0"),
        (response_from_bytes, "03 01 00", "no registers"),
        (response_from_bytes, "01 fb" + "00" * 251, "too many bits"),
        (response_from_bytes, "81", "1 bytes"),
        (response_from_bytes, "87 01", "function 135"),
        (Read.from_bytes, "05 00 00 00 01", "reads nothing"),
        (WriteOne.from_bytes, "01 00 00 00 01", "one value"),
        (WriteMany.from_bytes, "01 00 00 00 01 01 00", "many values"),
        (BitsRead.from_bytes, "03 01 00", "read bits"),
        (RegistersRead.from_bytes, "01 01 00", "read registers"),
        (ManyWritten.from_bytes, "01 00 00 00 01", "many values"),
        (Refusal.from_bytes, "01 02", "no refusal"),
    ],
)
def test_a_broken_pdu_is_a_parsing_error_that_says_why(parse: Callable[[bytes], object], text: str, why: str) -> None:
    with pytest.raises(ParsingError, match=why):
        parse(bytes.fromhex(text))


def test_the_crc_is_the_published_one() -> None:
    assert crc16(b"123456789") == 0x4B37  # check value of CRC-16/MODBUS


def test_the_framings_are_their_bytes_both_ways() -> None:
    pdu = Read(3, 0, 2).to_bytes()
    for frame, name in ((RtuFrame(1, pdu), "rtu_read"), (TcpFrame(1, 1, pdu), "tcp_read")):
        assert frame.to_bytes() == VECTORS[name]
        assert type(frame).from_bytes(VECTORS[name]) == frame


@pytest.mark.parametrize("name", REQUESTS)
def test_requests_are_found_byte_by_byte(name: str) -> None:
    tcp, rtu = TcpFrame(9, UNIT, VECTORS[name]), RtuFrame(UNIT, VECTORS[name])
    in_tcp, in_rtu = TcpDecoder(), RtuDecoder("requests")
    assert [f for byte in tcp.to_bytes() * 2 for f in in_tcp.feed(bytes((byte,)))] == [tcp, tcp]
    assert [f for byte in GARBAGE + rtu.to_bytes() * 2 + GARBAGE for f in in_rtu.feed(bytes((byte,)))] == [rtu, rtu]
    assert in_rtu.skipped_total >= len(GARBAGE)


@pytest.mark.parametrize("name", RESPONSES)
def test_responses_are_found_byte_by_byte(name: str) -> None:
    rtu = RtuFrame(UNIT, VECTORS[name])
    decoder = RtuDecoder("responses")
    assert [f for byte in GARBAGE + rtu.to_bytes() * 2 + GARBAGE for f in decoder.feed(bytes((byte,)))] == [rtu, rtu]


@pytest.mark.parametrize(
    "text",
    ["00 01 00 01 00 06 01 03 00 00 00 02", "00 01 00 00 00 01 01", "00 01 00 00 00 ff 01", "48 54 54 50 2f 31 2e"],
)
def test_a_peer_that_does_not_speak_modbus_on_tcp_is_noticed_at_its_header(text: str) -> None:
    with pytest.raises(ParsingError, match="not a Modbus header"):
        TcpDecoder().feed(bytes.fromhex(text))


@pytest.mark.parametrize("text", ["00 01", "00 01 00 00 00 06 01 03 00 00 00", "00 01 00 00 00 02 01 03 00"])
def test_a_cut_or_overlong_tcp_frame_is_a_parsing_error(text: str) -> None:
    with pytest.raises(ParsingError, match="not one frame"):
        TcpFrame.from_bytes(bytes.fromhex(text))


@pytest.mark.parametrize("text", ["", "01 03 00", "01 03 00 00 00 02 c4 0c", "00" * 300])
def test_a_broken_rtu_frame_is_a_parsing_error(text: str) -> None:
    with pytest.raises(ParsingError):
        RtuFrame.from_bytes(bytes.fromhex(text))


def test_an_rtu_frame_that_claims_too_much_is_skipped() -> None:
    decoder = RtuDecoder("responses")
    good = RtuFrame(1, VECTORS["coils_read"])
    assert decoder.feed(bytes.fromhex("01 03 ff") + good.to_bytes()) == [good]
    assert decoder.skipped_total == 3


@pytest.mark.parametrize("at", range(len(VECTORS["rtu_read"])))
def test_a_spoiled_rtu_frame_costs_only_a_few(at: int) -> None:
    spoiled = bytearray(VECTORS["rtu_read"])
    spoiled[at] ^= 0x01
    good = RtuFrame.from_bytes(VECTORS["rtu_read"])
    assert RtuDecoder("requests").feed(bytes(spoiled) + VECTORS["rtu_read"] * 60)[-1] == good


words = st.integers(0, 0xFFFF)
many_bits = st.lists(st.integers(0, 1), min_size=1, max_size=1968).map(tuple)
requests = st.one_of(
    st.builds(Read, st.sampled_from((1, 2)), words, st.integers(1, 2000)),
    st.builds(Read, st.sampled_from((3, 4)), words, st.integers(1, 125)),
    st.builds(WriteOne, st.just(5), words, st.integers(0, 1)),
    st.builds(WriteOne, st.just(6), words, words),
    st.builds(WriteMany, st.just(15), words, many_bits),
    st.builds(WriteMany, st.just(16), words, st.lists(words, min_size=1, max_size=123).map(tuple)),
)
responses = st.one_of(
    st.builds(BitsRead, st.sampled_from((1, 2)), many_bits.map(lambda b: b[: len(b) // 8 * 8] or (0,) * 8)),
    st.builds(RegistersRead, st.sampled_from((3, 4)), st.lists(words, min_size=1, max_size=125).map(tuple)),
    st.builds(ManyWritten, st.sampled_from((15, 16)), words, words),
    st.builds(Refusal, st.sampled_from((1, 2, 3, 4, 5, 6, 15, 16)), st.integers(0, 255)),
)


@given(requests, st.integers(0, 247), words)
def test_every_request_survives_both_framings(request_: Request, unit: int, transaction: int) -> None:
    pdu = request_.to_bytes()
    assert request_from_bytes(pdu) == request_
    assert TcpDecoder().feed(TcpFrame(transaction, unit, pdu).to_bytes()) == [TcpFrame(transaction, unit, pdu)]
    assert RtuDecoder("requests").feed(RtuFrame(unit, pdu).to_bytes()) == [RtuFrame(unit, pdu)]


@given(responses, st.integers(0, 247))
def test_every_response_survives_both_framings(response: Response, unit: int) -> None:
    pdu = response.to_bytes()
    assert response_from_bytes(pdu) == response
    assert RtuDecoder("responses").feed(RtuFrame(unit, pdu).to_bytes()) == [RtuFrame(unit, pdu)]


@given(st.binary(max_size=300), st.integers(1, 50))
def test_no_bytes_crash_a_decoder(data: bytes, size: int) -> None:
    decoders: list[TcpDecoder | RtuDecoder] = [TcpDecoder(), RtuDecoder("requests"), RtuDecoder("responses")]
    for decoder in decoders:
        try:
            for at in range(0, len(data), size):
                decoder.feed(data[at : at + size])
        except ParsingError:
            assert isinstance(decoder, TcpDecoder)
    for parse in (request_from_bytes, response_from_bytes, RtuFrame.from_bytes, TcpFrame.from_bytes):
        with suppress(ParsingError):
            parse(data)
