"""Onbon messages and covers: the examples of the vendor's papers."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import ParsingError
from protocols.frames.onbon import (
    MAX_MESSAGE_BYTES,
    SEARCH,
    Answer,
    Call,
    Card,
    Code,
    Cover,
    Failure,
    Message,
    Sensor,
    Text,
    covered,
    from_bytes,
    password_of,
    path_of,
    sensors_of,
    text_content,
    uncovered,
)

CARD = Card("50C811344D45594D4110000012B755AB", "C0Y2L01805100002")
FOUND = {"barcode": "C0Y2L01805100002", "pid": "50C811344D45594D4110000012B755AB", "ip": "192.168.0.199"}
HEAD = '{"protocol":{"name":"YQ-COM2","version":"1.0",'
SAMPLES: dict[str, tuple[Message, str]] = {
    "search": (
        SEARCH,
        HEAD + '"remotefunction":{"name":"searchController",'
        '"input":{"barcode":"","pid":"","ip":"","subnetmask":"","gateway":""}}}}',
    ),
    "found": (
        Answer("searchController", FOUND, CARD, "eth0"),
        (
            '{"targetpid":"50C811344D45594D4110000012B755AB","targetbarcode":"C0Y2L01805100002",'
            '"remotefunction":{"name":"searchController","networkdevice":"eth0","output":'
            '{"barcode":"C0Y2L01805100002","pid":"50C811344D45594D4110000012B755AB","ip":"192.168.0.199"}}}'
        ),
    ),
    "one card": (
        Call("searchController", {"outputtype": ""}, CARD),
        HEAD + '"targetpid":"50C811344D45594D4110000012B755AB","targetbarcode":"C0Y2L01805100002",'
        '"remotefunction":{"name":"searchController","input":{"outputtype":""}}}}',
    ),
    "code": (
        Answer("getVerificationCode", {"verificationcode": "20180515184625583374"}),
        '{"remotefunction":{"name":"getVerificationCode","output":{"verificationcode":"20180515184625583374"}}}',
    ),
    "login": (
        Call("userLogin", {"username": "guest", "verificationcode": "20180517093429462773", "password": "35c8"}),
        HEAD + '"remotefunction":{"name":"userLogin","input":'
        '{"username":"guest","verificationcode":"20180517093429462773","password":"35c8"}}}}',
    ),
    "wrong code": (
        Failure("userLogin", Code.VERIFICATION_CODE, "Verification code error"),
        '{"remotefunction":{"name":"userLogin","error":{"code":27,"mesg":"Verification code error"}}}',
    ),
    "off": (
        Call("screenOnOff", {"screenonoffstatus": "off"}),
        HEAD + '"remotefunction":{"name":"screenOnOff","input":{"screenonoffstatus":"off"}}}}',
    ),
    "done": (Answer("screenOnOff"), '{"remotefunction":{"name":"screenOnOff"}}'),
    "brightness": (
        Call("systemBrightness", {"brightness": "255", "changemode": "yes"}),
        HEAD + '"remotefunction":{"name":"systemBrightness","input":{"brightness":"255","changemode":"yes"}}}}',
    ),
    "clock": (
        Call("systemClockCorrect", {"datetime": "2018-05-17 12:35:18"}),
        HEAD + '"remotefunction":{"name":"systemClockCorrect","input":{"datetime":"2018-05-17 12:35:18"}}}}',
    ),
    "relay": (
        Call("controlRelay", {"mask": "0x00ff", "action": "0x00ff"}),
        HEAD + '"remotefunction":{"name":"controlRelay","input":{"mask":"0x00ff","action":"0x00ff"}}}}',
    ),
    "play": (Call("playBulletin"), HEAD + '"remotefunction":{"name":"playBulletin"}}}'),
}
DYNAMIC = (
    HEAD + '"remotefunction":{"name":"updateDynamic","input":{"immediatelyPlay":"0","cover":"0","dynamics":[{"id":"0",'
    '"xCoord":"0","yCoord":"0","width":"128","height":"96","transparency":"100","relativeProgram":"","runMode":"0",'
    '"updateFrequency":"10","unit":[{"type":"Text","order":"0","stuntType":"1","stuntSpeed":"1","stayTime":"5",'
    '"content":"5paH5a2X","fontName":"SimSun","fontSize":"16","fontColor":"0xFFFF0000","bgColor":"0xFF000000"}]}]}}}}'
)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_message_is_its_text_both_ways(name: str) -> None:
    message, text = SAMPLES[name]
    assert message.to_bytes() == text.encode()
    assert from_bytes(text.encode()) == message


@pytest.mark.parametrize("name", SAMPLES)
def test_garbage_around_a_message_makes_it_none(name: str) -> None:
    text = SAMPLES[name][1].encode()
    for spoiled in (b"\xff" + text, text + b"}", text[:-1], text[1:]):
        with pytest.raises(ParsingError, match="no JSON"):
            from_bytes(spoiled)


def test_keys_have_no_case_and_codes_may_be_texts() -> None:
    seen = b'{"RemoteFunction": {"error": {"Code": "27", "mesg": "Verification code error"}, "Name": "userLogin"}}'
    assert from_bytes(seen) == SAMPLES["wrong code"][0]


def test_a_dynamic_text_is_the_vendors_example() -> None:
    call = Text(128, 96).dynamic("文字")
    assert call.to_bytes() == DYNAMIC.encode()
    found = from_bytes(DYNAMIC.encode())
    assert isinstance(found, Call)
    assert found.given is not None
    assert found.given["dynamics"][0]["unit"][0]["content"] == text_content("文字") == "5paH5a2X"


def test_a_bulletin_has_a_name_a_place_and_its_text() -> None:
    given = Text(400, 32, size=24).bulletin("b0", "通知").given
    assert given is not None
    assert {
        "name": "b0",
        "width": "400",
        "height": "32",
        "layoutMode": "Top",
        "fontSize": "24",
    }.items() <= given.items()
    assert given["content"] == "6YCa55+l"


PLAIN = (
    '{"protocol":{"name": "YQ-COM2","version": "1.0","targetpid":"50C811344D45594D4110000012B755AB",'
    '"clienttype":"PC","remotefunction":{"name": "EnableServerMode","input":{"ServerMode":"cloud"}}}}'
)
PRINTED = (
    'i0b`}f}q}~0(i0|sw0(20KC?Q]_0>0dw`a{}|0(20#<"0>0fs`uwfb{v0(0\'"Q*##!&&V&\'\'+&V&##"""""#P%\'\'SP0>0q~{w|ffkbw0(0BQ0>0'
    "`w}fwtg|qf{}|0(i0|sw0(20W|sp~wAw`dw`_}vw0>0{|bgf0(i0Aw`dw`_}vw0(0q~}gv0oooo"
)
REPLY = '{"remotefunction": {"name": "enableservermode", "networkdevice": "eth0"}, "targetbarcode": "C0Y2L01805100002"'


def test_the_covers_are_the_vendors_examples() -> None:
    one = covered(PLAIN.encode(), Cover.CONSTANT, 0x12)
    assert one[:2] == b"\x01\x12"
    # The paper prints neither the unprintable 7F nor blanks as they are.
    assert one[2:].translate(None, b" \x7f").decode() == PRINTED
    assert uncovered(one) == PLAIN.encode()
    two = covered(REPLY.encode(), Cover.CHAINED, 0x30)
    shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in two)
    assert shown.startswith(".0Ki.~.|.m.~.s.n.oMwW,.`.l.+.1.v.y.w.a.v.e.z.q.6.:.v.g...f.g.x.~")
    assert uncovered(two) == REPLY.encode()


def test_a_rotated_seed_turns_by_one_bit_a_byte() -> None:
    assert covered(bytes(10), Cover.LEFT, 0x81)[2:].hex(" ") == "81 03 06 0c 18 30 60 c0 81 03"
    assert covered(bytes(10), Cover.RIGHT, 0x81)[2:].hex(" ") == "81 c0 60 30 18 0c 06 03 81 c0"


@pytest.mark.parametrize("datagram", [b"", b"\x01", b"\x00\x12x", b"\x05\x12x"])
def test_what_is_no_covered_datagram_is_a_parsing_error(datagram: bytes) -> None:
    with pytest.raises(ParsingError, match="no covered"):
        uncovered(datagram)


def test_a_password_goes_hashed_under_its_code_and_a_session_in_the_path() -> None:
    # sha1("guest") and sha1 of "20180515184625583374" before it, by sha1sum.
    assert password_of("", "") == "10a34637ad661d98ba3344717656fcc76209c2f8"
    assert password_of("20180515184625583374", "guest") == GUEST
    assert path_of("71862f05") == "/;stok=71862f05/"
    assert path_of("71862f05", "/dynamic/") == "/dynamic/;stok=71862f05/"


GUEST = "e1e10bbcd940ef4356e6d6f71cc6525c7924bab6"


def test_sensors_are_read_with_what_is_not_there() -> None:
    lines = [
        {"sequence": "0x06", "sensorAddress": "0x8000", "sensorState": "0xFF", "value": "1"},
        {"sequence": "2", "sensorAddress": "0x8000", "sensorState": "0xFF", "value": "38.5"},
        {"sequence": "6", "sensorAddress": "0x8001", "sensorState": "0x00"},
    ]
    answer = from_bytes(Answer("listSensor", {"sensorList": lines}).to_bytes())
    assert isinstance(answer, Answer)
    assert sensors_of(answer) == (Sensor(6, 1.0), Sensor(2, 38.5), Sensor(6, None))
    assert sensors_of(Answer("listSensor")) == ()


@pytest.mark.parametrize(
    ("sensors", "why"),
    [
        ("x", "list of sensors"),
        (["x"], "list of sensors"),
        ([{"sensorstate": "0xFF", "sequence": "1", "value": "warm"}], "warm"),
        ([{"sensorstate": "0xFF", "sequence": "1"}], "value is no text"),
        ([{"sensorstate": "0xFF", "sequence": [], "value": "1"}], "no number"),
        ([{"sequence": "1"}], "None is no number"),
    ],
)
def test_a_broken_list_of_sensors_is_a_parsing_error_that_says_why(sensors: Any, why: str) -> None:
    with pytest.raises(ParsingError, match=why):
        sensors_of(Answer("listSensor", {"sensorlist": sensors}))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no JSON"),
        ("[" * 100_000, "no JSON"),
        (" " * (MAX_MESSAGE_BYTES + 1), "262145 bytes"),
        ("[]", "no object"),
        ('{"protocol": 1}', "no object"),
        ("{}", "remotefunction is no object"),
        ('{"remotefunction": {}}', "name is no text"),
        ('{"remotefunction": {"name": 1}}', "name is no text"),
        ('{"remotefunction": {"name": "x", "output": []}}', "output is no object"),
        ('{"remotefunction": {"name": "x", "error": []}}', "error is no object"),
        ('{"remotefunction": {"name": "x", "error": {}}}', "None is no number"),
        ('{"remotefunction": {"name": "x", "error": {"code": 1e999}}}', "inf is no number"),
        ('{"targetpid": 1, "remotefunction": {"name": "x"}}', "targetpid is no text"),
        ('{"protocol": {"name": "YQ-COM1", "version": "1.0", "remotefunction": {"name": "x"}}}', "another protocol"),
        ('{"protocol": {"name": "YQ-COM2", "version": "1.0", "remotefunction": {"name": "x", "input": 1}}}', "input"),
    ],
)
def test_what_is_no_message_is_a_parsing_error_that_says_why(text: str, why: str) -> None:
    with pytest.raises(ParsingError, match=why):
        from_bytes(text.encode())


values = st.dictionaries(st.text("abcxyz", min_size=1, max_size=5), st.text(max_size=9) | st.none(), max_size=4)
names = st.text("abcXYZ", min_size=1, max_size=9)
cards = st.builds(Card, st.text("0AF", max_size=5), st.text("0AF", max_size=5))
messages: st.SearchStrategy[Message] = st.one_of(
    st.builds(Call, names, values | st.none(), cards),
    st.builds(Answer, names, values, cards, st.text("eth01", max_size=4)),
    st.builds(Failure, names, st.integers(0, 255), st.text(max_size=9)),
)


@given(messages)
def test_every_message_survives(message: Message) -> None:
    assert from_bytes(message.to_bytes()) == message
    assert json.loads(message.to_bytes())


@given(st.binary(max_size=60), st.sampled_from(Cover), st.integers(0, 255))
def test_what_is_covered_is_uncovered(data: bytes, cover: Cover, seed: int) -> None:
    assert uncovered(covered(data, cover, seed)) == data


@given(st.binary(max_size=200))
def test_no_bytes_crash_a_parser(data: bytes) -> None:
    for parse in (from_bytes, uncovered):
        try:
            parse(data)
        except ParsingError:
            continue


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
keys = st.sampled_from(
    ("protocol", "remotefunction", "name", "error", "code", "output", "sensorList", "input", "value")
)
trees = st.recursive(leaves, lambda t: st.lists(t, max_size=3) | st.dictionaries(keys, t, max_size=4), max_leaves=12)


@given(trees)
def test_no_tree_crashes_the_parser(tree: Any) -> None:
    try:
        found = from_bytes(json.dumps({"remotefunction": tree}).encode())
        if isinstance(found, Answer):
            sensors_of(found)
    except ParsingError:
        pass
