"""ISAPI documents: every sample both ways, and what is none of them."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import ParsingError
from protocols.frames import isapi, isapi_access
from protocols.frames.isapi import MAX_DOCUMENT_BYTES, DeviceInfo, Fields, HttpHost, Status, document_of, local, moment
from protocols.frames.isapi_access import (
    DOOR_ORDERS,
    Card,
    PeoplePage,
    Person,
    PersonDelete,
    PersonSearch,
    Record,
    RecordPage,
    RecordSearch,
    door_order,
    door_order_of,
)
from protocols.frames.isapi_faces import FaceRecord
from tests.protocols.frames.isapi_samples import DOCUMENTS, NINE, TEN, XMLNS

PARSERS: tuple[Callable[[bytes], Any], ...] = (
    DeviceInfo.from_bytes, Status.from_bytes, HttpHost.from_bytes, Person.from_bytes, PersonSearch.from_bytes,
    PeoplePage.from_bytes, PersonDelete.from_bytes, FaceRecord.from_bytes, Card.from_bytes, RecordSearch.from_bytes,
    RecordPage.from_bytes, door_order_of, document_of,
)  # fmt: skip


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_sample_is_its_bytes_both_ways(name: str) -> None:
    value, data = DOCUMENTS[name]
    assert value.to_bytes() == data  # type: ignore[attr-defined]
    assert type(value).from_bytes(data) == value  # type: ignore[attr-defined]
    assert type(value).from_bytes(b"\r\n " + data + b"\r\n") == value  # type: ignore[attr-defined]


@pytest.mark.parametrize("order", DOOR_ORDERS)
def test_an_order_to_a_door_is_its_document_both_ways(order: isapi_access.DoorOrder) -> None:
    document = door_order(order)
    assert f'<RemoteControlDoor version="2.0" xmlns="{XMLNS}">\n<cmd>{order}</cmd>' in document.decode()
    assert door_order_of(document) == order
    with pytest.raises(ParsingError, match="no order"):
        door_order_of(document.replace(order.encode(), b"kick"))


def test_a_status_says_in_both_forms_whether_it_is_done() -> None:
    for status in (Status(1), Status(6, "Invalid Content", "employeeNoAlreadyExist"), Status(7, "Reboot", "reboot")):
        assert Status.from_bytes(status.to_xml()) == Status.from_bytes(status.to_bytes()) == status
    assert [Status(code).done for code in (1, 2, 6, 7)] == [True, False, False, True]


def test_a_person_needs_no_more_than_a_number() -> None:
    assert Person.from_bytes(b'{"UserInfo":{"employeeNo":7}}') == Person("7")


def test_nobody_can_delete_everybody_by_naming_nobody() -> None:
    with pytest.raises(ParsingError, match="everybody"):
        PersonDelete(()).to_bytes()
    with pytest.raises(ParsingError, match="everybody"):
        PersonDelete.from_bytes(b'{"UserInfoDelCond":{"EmployeeNoList":[]}}')


def test_a_record_is_read_without_name_card_or_picture() -> None:
    row = {"time": "2026-03-02T09:00:00+08:00", "major": 5, "minor": 75, "serialNo": 8, "name": "某某", "cardNo": "1"}
    assert Record.of_row(Fields(row, "row")) == Record(8, NINE, 5, 75)
    assert not {"name", "card"} & {name for name in dir(Record) if not name.startswith("_")}


def test_a_time_without_offset_is_that_of_shanghai() -> None:
    assert (
        moment("2026-03-02T09:00:00") == moment("2026-03-02T09:00:00+08:00") == moment("2026-03-02T01:00:00Z") == NINE
    )
    assert local(NINE) == "2026-03-02T09:00:00+08:00"


@pytest.mark.parametrize("text", ["", "noon", "2026-13-02T09:00:00", "0001-01-01T00:00:00", "2026-03-02T09:00+08"])
def test_what_is_no_time_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ParsingError, match="no time"):
        moment(text)


def test_members_are_read_in_either_form() -> None:
    text = "<A><n> 7 </n><t>x</t><f>true</f><p><q>1</q></p><l><a>1</a></l><l><a>2</a></l><l><a>3</a></l></A>"
    found = document_of(text.encode())
    assert (found.number("n"), found.text("t"), found.flag("f"), found.part("p").text("q")) == (7, "x", True, "1")
    assert [one.number("a") for one in found.parts("l")] == [1, 2, 3]
    assert [one.text("q") for one in found.parts("p")] == ["1"]
    assert found.parts("none") == []
    assert Fields({"f": True}, "x").flag("f")
    assert not found.flag("none")
    assert document_of(b"<A>text</A>").values == {}


@pytest.mark.parametrize(
    ("read", "why"),
    [
        (lambda one: one.text("part"), "no text"),
        (lambda one: one.text("flag"), "no text"),
        (lambda one: one.text("none"), "no text"),
        (lambda one: one.number("text"), "no number"),
        (lambda one: one.number("flag"), "no number"),
        (lambda one: one.number("below"), "no number"),
        (lambda one: one.number("huge"), "no number"),
        (lambda one: one.part("text"), "has no text"),
        (lambda one: one.parts("text"), "no list"),
        (lambda one: one.moment("text"), "no time"),
    ],
)
def test_a_member_that_is_odd_is_named(read: Callable[[Fields], object], why: str) -> None:
    one = Fields({"part": {}, "flag": True, "text": "x", "below": -1, "huge": "9" * 30}, "a document")
    with pytest.raises(ParsingError, match=why):
        read(one)


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (b"", "neither XML nor JSON"),
        (b"[1]", "no object"),
        (b"[" * 100_000, "neither"),
        (b"{" + b" " * MAX_DOCUMENT_BYTES, "bytes"),
        (b"<a>" + b" " * MAX_DOCUMENT_BYTES, "bytes"),
        (b"<a>", "no XML"),
        (b"<!DOCTYPE a><a/>", "declarations"),
        (b"<a>" * 20 + b"</a>" * 20, "deep"),
        (b"<a>\xff</a>", "no XML"),
        (b"<HttpHostNotificationList/>", "no HttpHostNotification"),
    ],
)
def test_what_is_no_document_is_a_parsing_error(document: bytes, why: str) -> None:
    with pytest.raises(ParsingError, match=why):
        HttpHost.from_bytes(document)


@given(st.binary(max_size=200) | st.sampled_from([data for _, data in DOCUMENTS.values()]), st.data())
def test_no_bytes_raise_anything_but_a_parsing_error(data: bytes, draws: st.DataObject) -> None:
    spoiled = bytearray(data)
    for _ in range(draws.draw(st.integers(0, 3)) if data else 0):
        spoiled[draws.draw(st.integers(0, len(data) - 1))] = draws.draw(st.integers(0, 255))
    for parse in PARSERS:
        with suppress(ParsingError):
            parse(bytes(spoiled))


@given(st.datetimes(datetime(2000, 1, 1), datetime(2037, 12, 31)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC)))  # noqa: DTZ001
def test_a_time_is_the_same_after_a_device_wrote_it(at: datetime) -> None:
    assert moment(local(at)) == at
    assert moment(isapi.local(at)[:-6]) == at
    assert TEN > NINE
