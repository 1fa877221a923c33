"""Every message and command that is published of V1.25 (devices.md, 3.1), both ways; pictures end in the decoder."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import ParsingError
from protocols.frames.face_mqtt import (
    MAX_MESSAGE_BYTES,
    STATUSES,
    Answer,
    FireSmoke,
    HeartBeat,
    Message,
    Offline,
    Online,
    Other,
    Record,
    Snapshot,
    document_of,
    from_bytes,
    local_text,
    local_time,
    order_topic,
    own_topic,
)
from protocols.frames.face_orders import (
    ERRORS,
    SNAPSHOT,
    Delete,
    Enrol,
    OnlineAck,
    Order,
    Person,
    Push,
    PushAck,
    StationSays,
    error_text,
    known_ids,
    order_from_bytes,
    refused_people,
)

PICTURE = "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQEASABIAAD"
#: 2026-04-10 10:00:07 in Shanghai.
AT = datetime(2026, 4, 10, 2, 0, 7, tzinfo=UTC)

#: Captured from real firmware; the name and the picture in it are ours.
CAPTURED = (
    '{"operator":"RecPush","info":{"customId":"","personId":"3","RecordID":"2","VerifyStatus":"1","PersonType":"0",'
    '"similarity1":"83.000000","Sendintime":1,"personName":"李","facesluiceId":"1026700","idCard":"12345","telnum":" ",'
    '"time":"2026-04-10 10:00:07","isNoMask":"1","PushType":0,"targetPosInScene":[346,0,1572,1080],"pic":"'
    + PICTURE
    + '"}}'
).encode()
RECORD = Record(
    "1026700", "2", 1, AT, person_id="3", similarity=83.0, name="李", id_card="12345", place=(346, 0, 1572, 1080)
)

#: Name -> (what a terminal says, its payload).
SAMPLES: dict[str, tuple[Message, bytes]] = {
    "online": (
        Online("1026700", AT, "admin", "192.168.1.88", "face"),
        (
            b'{"operator":"Online","info":{"facesluiceId":"1026700","username":"admin","time":"2026-04-10 10:00:07",'
            b'"ip":"192.168.1.88","facesname":"face"}}'
        ),
    ),
    "offline": (Offline("1026700"), b'{"operator":"Offline","info":{"facesluiceId":"1026700"}}'),
    "heartbeat": (
        HeartBeat("1026700", datetime(2024, 8, 22, 11, 43, 34, tzinfo=UTC)),
        b'{"operator":"HeartBeat","info":{"facesluiceId":"1026700","time":"2024-08-22 19:43:34"}}',
    ),
    "snapshot": (
        Snapshot("1026700", "9"),
        b'{"operator":"StrSnapPush","info":{"facesluiceId":"1026700","SnapID":"9","pic":""}}',
    ),
    "smoke": (
        FireSmoke("1026700", 2, 1),
        b'{"operator":"FireSmokeSnapPush","info":{"facesluiceId":"1026700","fire":2,"smoke":1}}',
    ),
    "answer": (
        Answer("1026700", "EditPerson", "m-1"),
        (
            b'{"messageId":"m-1","operator":"EditPerson-Ack","code":"200","info":{"facesluiceId":"1026700","result":"ok",'
            b'"detail":""}}'
        ),
    ),
    "push-answer": (
        Answer("1026700", "PushAck", "m-2"),
        (
            b'{"messageId":"m-2","operator":"PushAck-Ack","code":"200","info":{"facesluiceId":"1026700","result":"ok",'
            b'"detail":""}}'
        ),
    ),
    "refusal": (
        Answer("1026700", "EditPersonsNew", "m-3", 410, ok=False, detail="busy"),
        (
            b'{"messageId":"m-3","operator":"EditPersonsNew-Ack","code":"410","info":{"facesluiceId":"1026700",'
            b'"result":"fail","detail":"busy"}}'
        ),
    ),
}

#: Name -> (what a station says, its payload).
ORDERS: dict[str, tuple[StationSays, bytes]] = {
    "online-ack": (
        OnlineAck("m-1", "1026700"),
        b'{"messageId":"m-1","operator":"Online-Ack","info":{"facesluiceId":"1026700","result":"ok"}}',
    ),
    "push-ack": (
        PushAck("m-2", "2"),
        b'{"messageId":"m-2","operator":"PushAck","info":{"PushAckType":2,"SnapOrRecordID":2}}',
    ),
    "push-ack-of-a-snapshot": (
        PushAck("m-3", "x9", SNAPSHOT),
        b'{"messageId":"m-3","operator":"PushAck","info":{"PushAckType":1,"SnapOrRecordID":"x9"}}',
    ),
    "set-time": (
        Order("m-4", "SetSysTime", {"time": "2026-04-10 10:00:07"}),
        b'{"messageId":"m-4","operator":"SetSysTime","info":{"time":"2026-04-10 10:00:07"}}',
    ),
    "query": (Order("m-5", "QueryPerson"), b'{"messageId":"m-5","operator":"QueryPerson","info":{}}'),
    "search": (
        Order("m-6", "SearchPersonList", {"BeginNO": 0, "RequestCount": 2000}),
        b'{"messageId":"m-6","operator":"SearchPersonList","info":{"BeginNO":0,"RequestCount":2000}}',
    ),
    "config": (
        Order("m-7", "UpMQTTconfig", {"MQEnable": 1, "ResumefromBreakpoint": 1}),
        b'{"messageId":"m-7","operator":"UpMQTTconfig","info":{"MQEnable":1,"ResumefromBreakpoint":1}}',
    ),
    "push-people": (
        Push("m-8", (Person("p-1", "李"), Person("p-2"))),
        '{"messageId":"m-8","DataBegin":"BeginFlag","operator":"EditPersonsNew","PersonNum":"2","info":['
        '{"customId":"p-1","name":"李","personType":0,"tempCardType":0},'
        '{"customId":"p-2","name":"","personType":0,"tempCardType":0}],"DataEnd":"EndFlag"}'.encode(),
    ),
    "enrol": (
        Enrol("m-10", Person("p-1", "李"), b"\xff\xd8\xff\xe0 a picture \xff\xd9"),
        '{"messageId":"m-10","operator":"EditPerson","info":{"customId":"p-1","name":"李","personType":0,"tempCardType":0,'
        '"pic":"data:image/jpeg;base64,/9j/4CBhIHBpY3R1cmUg/9k="}}'.encode(),
    ),
    "delete-people": (
        Delete("m-9", ("p-1", "p-2")),
        (
            b'{"messageId":"m-9","DataBegin":"BeginFlag","operator":"DeletePersons","PersonNum":"2","info":'
            b'{"customId":["p-1","p-2"]},"DataEnd":"EndFlag"}'
        ),
    ),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_what_a_terminal_says_goes_both_ways(name: str) -> None:
    said, payload = SAMPLES[name]
    assert from_bytes(payload) == said
    assert not isinstance(said, Other)
    assert said.to_bytes() == payload
    for cut in range(0, len(payload), 7):  # MQTT frames it; a part of a payload is none
        with pytest.raises(ParsingError):
            from_bytes(payload[:cut])
    with pytest.raises(ParsingError):
        from_bytes(payload + b"}")


@pytest.mark.parametrize("name", ORDERS)
def test_what_a_station_says_goes_both_ways(name: str) -> None:
    said, payload = ORDERS[name]
    assert order_from_bytes(payload) == said
    assert said.to_bytes() == payload


def test_the_captured_record_is_read_and_written_as_captured() -> None:
    assert from_bytes(CAPTURED) == RECORD
    assert json.loads(RECORD.to_bytes(pic=PICTURE)) == json.loads(CAPTURED)
    assert RECORD.to_bytes(pic=PICTURE) == CAPTURED
    assert b"9j" not in RECORD.to_bytes()


def test_older_firmware_spells_the_name_otherwise_and_sends_numbers_or_no_time() -> None:
    assert from_bytes(RECORD.to_bytes(name_member="persionName")) == RECORD
    info = {"RecordID": 7, "VerifyStatus": 3, "facesluiceId": "1", "similarity1": "?", "Sendintime": 0, "time": "soon"}
    assert from_bytes(told("RecPush", info | {"targetPosInScene": [1, "x", True, 2], "isNoMask": 0})) == Record(
        "1", "7", 3, None, in_time=False, mask=True, place=(1, 2)
    )
    assert from_bytes(told("RecPush", info | {"similarity1": "900", "PersonType": "1"})) == Record(
        "1", "7", 3, None, in_time=False, black=True
    )
    assert from_bytes(told("Heartbeat", {"facesluiceId": "1"})) == HeartBeat("1")
    assert Online("1").to_bytes().count(b'"time":""') == 1


def test_nothing_that_tells_who_it_is_shows_in_a_log() -> None:
    assert "李" not in repr(from_bytes(CAPTURED))
    assert "12345" not in repr(from_bytes(CAPTURED))
    assert "李" not in repr(Push("m", (Person("p-1", "李"),)))
    assert "picture" not in repr(Enrol("m", Person("p-1", "李"), b"picture")).replace("picture=", "")
    assert "李" not in repr(Answer("1", "SearchPerson", "m", info={"name": "李"}))


@pytest.mark.parametrize(
    "picture",
    [PICTURE, "/9j/4AAQ", "x /9j/ y", "iVBORw0KGgoAAA", "R0lGODlh", "A" * 600, "B" * 200 + "," + "C" * 600],
)
def test_pictures_end_here_wherever_they_stand(picture: str) -> None:
    document: dict[str, Any] = {"operator": "SearchPerson-Ack", "pic": picture, "info": {"facesluiceId": "1"}}
    document["info"] |= {"other": [{"deep": picture}], "picURI": "http://x/y", "detail": picture, "name": "李"}
    text = json.dumps(document_of(json.dumps(document).encode()))
    assert picture not in text
    assert "http" not in text
    said = from_bytes(json.dumps(document).encode())
    assert isinstance(said, Answer)
    assert said.info == {"other": [{"deep": ""}], "picURI": "", "name": "李"}


def test_a_long_list_of_ids_is_no_picture() -> None:
    ids = [f"0195f3c2-1111-7000-8000-{n:012}" for n in range(1000)]
    answer = from_bytes(ack("QueryPerson", customId=",".join(ids), QueryPersonNum="1000", TotalPersonNum="1001"))
    assert isinstance(answer, Answer)
    assert known_ids(answer) == set(ids)


def test_depth_is_bounded() -> None:
    deep: Any = "x"
    for _ in range(20):
        deep = [deep]
    text = json.dumps(document_of(json.dumps({"info": deep}).encode()))
    assert text.count("[") == 8


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"\xff", b"[]", b'"x"', b"{", b"[" * 200_000, b"1" * 5000, b'{"operator":1,"info":{}}',
        b'{"operator":"Online"}', b'{"operator":"Online","info":[]}', b'{"operator":"Online","info":{}}',
        b'{"operator":"Online","info":{"facesluiceId":"a/+"}}', b'{"operator":"Online","info":{"facesluiceId":true}}',
        b'{"operator":"RecPush","info":{"facesluiceId":"1"}}',
        b'{"operator":"RecPush","info":{"facesluiceId":"1","RecordID":"1","VerifyStatus":"9"}}',
        b'{"operator":"StrSnapPush","info":{"facesluiceId":"1"}}', b" " * (MAX_MESSAGE_BYTES + 1),
    ],
)  # fmt: skip
def test_what_is_no_message_is_refused_without_being_quoted(payload: bytes) -> None:
    with pytest.raises(ParsingError):
        from_bytes(payload)


def test_messages_without_use_keep_only_their_name() -> None:
    assert from_bytes(told("CountInRegionPush", {"facesluiceId": "1", "realtimeCount": 3})) == Other(
        "1", "CountInRegionPush"
    )


@pytest.mark.parametrize(
    "document",
    [
        {"operator": "X", "messageId": "m"}, {"operator": "X", "messageId": 1, "info": {}},
        {"operator": "X", "messageId": "m", "info": []}, {"operator": "DeletePersons", "messageId": "m", "info": {}},
        {"operator": "DeletePersons", "messageId": "m", "info": {"customId": ["a"]}, "DataBegin": "BeginFlag",
         "DataEnd": "EndFlag", "PersonNum": "2"},
        {"operator": "DeletePersons", "messageId": "m", "info": {"customId": "a"}, "DataBegin": "BeginFlag",
         "DataEnd": "EndFlag", "PersonNum": "1"},
        {"operator": "DeletePersons", "messageId": "m", "info": [1], "DataBegin": "BeginFlag", "DataEnd": "EndFlag",
         "PersonNum": 1},
        {"operator": "EditPersonsNew", "messageId": "m", "info": ["a"], "DataBegin": "BeginFlag", "DataEnd": "EndFlag",
         "PersonNum": 1},
        {"operator": "EditPersonsNew", "messageId": "m", "info": [{}], "DataBegin": "BeginFlag", "DataEnd": "EndFlag",
         "PersonNum": 1},
        {"operator": "EditPerson", "messageId": "m", "info": {"customId": "p-1", "pic": 7}},
        {"operator": "EditPerson", "messageId": "m", "info": {"customId": "p-1", "pic": "/9j/?"}},
    ],
)  # fmt: skip
def test_what_no_station_says_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ParsingError):
        order_from_bytes(json.dumps(document).encode())


def test_a_push_ack_without_a_type_is_generic() -> None:
    payload = b'{"messageId":"m","operator":"PushAck","info":{"SnapOrRecordID":"5"}}'
    assert order_from_bytes(payload) == PushAck("m", "5", 3)


@pytest.mark.parametrize(("custom_id", "name"), [("", ""), ("a" * 49, ""), ("a,b", ""), ("a/b", ""), ("a", "李" * 33)])
def test_people_whom_no_terminal_takes_are_refused(custom_id: str, name: str) -> None:
    with pytest.raises(ParsingError):
        Person(custom_id, name)


def test_who_of_a_batch_was_refused_and_why() -> None:
    listed = [{"customId": "p-1", "errcode": "463"}, {"customId": "p-2"}, {"customId": 3}, "x"]
    answer = from_bytes(ack("EditPersonsNew", AddErrNum="2", AddSucNum="0", AddErrInfo=listed, AddSucInfo=[]))
    assert isinstance(answer, Answer)
    assert refused_people(answer) == {"p-1": 463, "p-2": 0}
    assert "登记" in error_text(463)
    assert "999" in error_text(999)
    assert all(text and not text.isascii() for text in ERRORS.values())


@pytest.mark.parametrize("info", [{}, {"customId": 3}, {"customId": "a,b", "QueryPersonNum": "3"}])
def test_a_list_that_cannot_be_right_confirms_no_deletion(info: dict[str, Any]) -> None:
    answer = from_bytes(ack("QueryPerson", **info))
    assert isinstance(answer, Answer)
    with pytest.raises(ParsingError):
        known_ids(answer)


def test_topics_and_times() -> None:
    assert (order_topic("1"), own_topic("1", "Rec")) == ("mqtt/face/1", "mqtt/face/1/Rec")
    assert local_text(None) == ""
    assert local_time("2023-01-01T00:00:00") == datetime(2022, 12, 31, 16, tzinfo=UTC)
    assert local_time("0001-01-01 00:00:00") is None
    assert sorted(STATUSES) == [0, 1, 2, 3]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | st.just(PICTURE),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(
        ["facesluiceId", "RecordID", "VerifyStatus", "time", "similarity1", "targetPosInScene", "info", "customId"]
    ), inner, max_size=6), max_leaves=20,
)  # fmt: skip
OPERATORS = st.sampled_from(["RecPush", "Online", "Offline", "HeartBeat", "StrSnapPush", "FireSmokeSnapPush", "X-Ack"])


@given(st.binary(max_size=400))
def test_garbage_raises_nothing_but_its_own_error(payload: bytes) -> None:
    for read in (from_bytes, order_from_bytes):
        try:
            read(payload)
        except ParsingError as error:
            assert len(str(error)) < 100


@given(OPERATORS, st.dictionaries(st.sampled_from(
    ["facesluiceId", "RecordID", "SnapID", "VerifyStatus", "time", "similarity1", "targetPosInScene", "info", "result"]
), JSON, max_size=9), JSON)  # fmt: skip
def test_documents_of_any_form_are_read_or_refused_and_carry_no_picture(
    operator: str, info: dict[str, Any], more: Any
) -> None:
    payload = json.dumps({"operator": operator, "info": {"facesluiceId": "1", **info}, "messageId": more}).encode()
    try:
        said = from_bytes(payload)
    except ParsingError:
        return
    fields = {name: getattr(said, name) for name in said.__dataclass_fields__}
    assert "/9j/" not in json.dumps(fields, default=str)


@given(
    st.builds(
        Record,
        terminal=st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9_-]{0,9}\Z"),
        number=st.integers(0, 10**9).map(str),
        status=st.sampled_from(sorted(STATUSES)),
        at=st.integers(946_684_800, 4_102_444_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
        custom_id=st.from_regex(r"\A[a-z0-9-]{0,48}\Z"),
        black=st.booleans(),
        in_time=st.booleans(),
        mask=st.booleans(),
        similarity=st.integers(0, 100).map(float),
        place=st.tuples(*[st.integers(0, 4000)] * 4),
    )
)
def test_every_record_comes_back(record: Record) -> None:
    assert from_bytes(record.to_bytes(pic=PICTURE, scene=PICTURE)) == record


def told(operator: str, info: dict[str, Any]) -> bytes:
    return json.dumps({"operator": operator, "info": info}).encode()


def ack(operator: str, **info: Any) -> bytes:
    document = {"messageId": "m", "operator": f"{operator}-Ack", "code": 200}
    return json.dumps({**document, "info": {"facesluiceId": "1026700", "result": "ok", **info}}).encode()
