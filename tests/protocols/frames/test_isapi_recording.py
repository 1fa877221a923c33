"""What recorders say of their recording: samples both ways, forms of other firmware, and what is none of them."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import ParsingError
from protocols.frames import isapi_recording as recording
from protocols.frames.isapi_recording import Disk, Month, Search, Track

NINE = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HALF_PAST = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
OTHER = 'xmlns="http://www.hikvision.com/ver20/XMLSchema"'
PARSERS: tuple[Callable[[bytes], Any], ...] = (
    recording.read_storage, recording.read_tracks, recording.read_cameras, recording.read_days, recording.read_pieces,
    Month.from_bytes, Search.from_bytes,
)  # fmt: skip

#: Name -> (value, what writes it, what reads it).
BOTH_WAYS: dict[str, tuple[Any, Callable[[Any], bytes], Callable[[bytes], Any]]] = {
    "disks": ((Disk(1, "ok", 1907729, 224256), Disk(2, "error", 0, 0)), recording.storage, recording.read_storage),
    "one disk": ((Disk(2, "sleeping", 10, 9),), recording.storage, recording.read_storage),
    "no disk": ((), recording.storage, recording.read_storage),
    "tracks": ((Track(101, enabled=True), Track(201, enabled=False)), recording.tracks, recording.read_tracks),
    "cameras": ({1: True, 2: False}, recording.cameras, recording.read_cameras),
    "days": (frozenset({1, 2, 31}), lambda value: recording.days(value, 31), recording.read_days),
    "no day": (frozenset(), lambda value: recording.days(value, 28), recording.read_days),
    "month": (Month(2026, 3), Month.to_bytes, Month.from_bytes),
    "search": (Search("88C2CD4D", 101, NINE, HALF_PAST), Search.to_bytes, Search.from_bytes),
}


@pytest.mark.parametrize("name", BOTH_WAYS)
def test_a_sample_is_its_document_both_ways(name: str) -> None:
    value, write, read = BOTH_WAYS[name]
    assert read(write(value)) == value
    assert read(b"\r\n " + write(value) + b"\r\n") == value


def test_documents_as_recorders_write_them() -> None:
    """Forms that public clients read: a namespace of its own, more members, other spellings."""
    storage = f"""<?xml version="1.0" encoding="UTF-8" ?>
<storage version="1.0" {OTHER}>
<hddList>
<hdd version="1.0" {OTHER}>
<id>2</id><hddName>hdd2</hddName><hddPath></hddPath><hddType>SATA</hddType><status>ok</status>
<capacity>1907729</capacity><freeSpace>224256</freeSpace><property>RW</property><manufacturer>x</manufacturer>
</hdd>
</hddList>
<nasList>
</nasList>
<workMode>quota</workMode>
</storage>""".encode()
    assert recording.read_storage(storage) == (Disk(2, "ok", 1907729, 224256),)
    older = storage.replace(b"<hdd version", b"<HDD version").replace(b"</hdd>", b"</HDD>").replace(b"ok", b"Normal")
    assert [one.works for one in recording.read_storage(older)] == [True]
    status = f"""<InputProxyChannelStatusList version="1.0" {OTHER}>
<InputProxyChannelStatus version="1.0" {OTHER}><id>1</id><online>true</online>
<sourceInputPortDescriptor><ipAddress>10.0.0.64</ipAddress></sourceInputPortDescriptor></InputProxyChannelStatus>
<InputProxyChannelStatus><id>3</id></InputProxyChannelStatus></InputProxyChannelStatusList>""".encode()
    assert recording.read_cameras(status) == {1: True, 3: None}
    track = f"""<TrackList version="1.0" {OTHER}><Track><id>102</id><Channel>1</Channel><Enable>false</Enable>
<DefaultRecordingMode>CMR</DefaultRecordingMode><Duration>P7DT0H0M0S</Duration></Track></TrackList>""".encode()
    (found,) = recording.read_tracks(track)
    assert (found, found.channel) == (Track(102, enabled=False), 1)
    month = b"<trackDailyDistribution><dayList><day><id>1</id><dayOfMonth>1</dayOfMonth><record>true</record>"
    assert recording.read_days(month + b"</day></dayList></trackDailyDistribution>") == {1}


def test_a_search_asks_by_the_clock_of_the_recorder() -> None:
    local = Search("A", 101, NINE, HALF_PAST).to_bytes()
    assert b"<startTime>2026-03-02T09:00:00Z</startTime>" in local
    assert b"<searchResultPostion>0</searchResultPostion>" in local
    utc = Search("A", 101, NINE, HALF_PAST, "utc")
    assert b"<startTime>2026-03-02T01:00:00Z</startTime>" in utc.to_bytes()
    assert Search.from_bytes(utc.to_bytes(), "utc") == utc
    older = local.replace(b"trackIDList", b"trackList")
    assert Search.from_bytes(older).track == 101
    for count in (0, 1, 3):
        assert recording.read_pieces(recording.pieces(utc, count)) == count
    failed = recording.pieces(utc, 0).replace(b">true<", b">false<")
    with pytest.raises(ParsingError, match="NO MATCHES"):
        recording.read_pieces(failed)


@pytest.mark.parametrize(
    ("read", "data", "why"),
    [
        (recording.read_storage, b"<storage/>", "hddList"),
        (recording.read_storage, b"<storage><hddList><hdd><id>1</id></hdd></hddList></storage>", "status"),
        (recording.read_tracks, b"<TrackList><Track>x</Track></TrackList>", "objects"),
        (recording.read_tracks, recording.tracks([Track(1, enabled=True)] * 257), "257"),
        (recording.read_days, recording.days([1], 28).replace(b">1<", b">32<"), "31"),
        (Month.from_bytes, Month(2026, 13).to_bytes(), "month 13"),
        (Search.from_bytes, Search("A", 1, NINE, NINE).to_bytes().replace(b"00Z", b"00"), "no time"),
    ],
)
def test_what_is_wrong_with_a_document_is_said(read: Callable[[bytes], Any], data: bytes, why: str) -> None:
    with pytest.raises(ParsingError, match=why):
        read(data)


@given(data=st.binary(max_size=300), at=st.integers(0, 600), name=st.sampled_from(sorted(BOTH_WAYS)))
def test_parsers_raise_nothing_but_their_own_error(data: bytes, at: int, name: str) -> None:
    value, write, _ = BOTH_WAYS[name]
    whole = write(value)
    for document in (data, whole[:at] + data + whole[at:]):
        for parse in PARSERS:
            with suppress(ParsingError):
                parse(document)
