"""Tasmota's messages, and its discovery against HATasmota's own schema and topics."""

import json
from typing import Any

import pytest
from hatasmota import utils as hat
from hatasmota.discovery import TASMOTA_DISCOVERY_SCHEMA
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import ParsingError
from protocols.frames.tasmota import (
    MAX_PAYLOAD_BYTES,
    Device,
    Measured,
    Message,
    Presence,
    Relays,
    command_of,
    command_topic,
    energy_bytes,
    message_from,
    power_word,
    result_bytes,
    state_bytes,
    topics_of,
)

PLUG = Device("DC4F22B0A1C2", "plug-3", "排队机插座", "Sonoff S26R2", "14.2.0", "10.0.0.31", "plug-3")
#: As a device sends them (devices.md 6.5): topic, payload, what it says.
SAMPLES: list[tuple[str, bytes, Message | None]] = [
    ("tele/plug-3/LWT", b"Online", Presence(online=True)),
    ("tele/plug-3/LWT", b"Offline", Presence(online=False)),
    ("stat/plug-3/POWER", b"ON", Relays({1: True})),
    ("stat/plug-3/POWER2", b"OFF", Relays({2: False})),
    ("stat/plug-3/POWER", b"TOGGLE", None),
    ("stat/plug-3/RESULT", b'{"POWER":"ON"}', Relays({1: True})),
    ("stat/plug-3/RESULT", b'{"POWER1":"ON","POWER32":"OFF","POWER33":"ON"}', Relays({1: True, 32: False})),
    ("stat/plug-3/RESULT", b'{"Command":"Unknown"}', None),
    (
        "tele/plug-3/STATE",
        b'{"Time":"2026-03-02T09:00:00","UptimeSec":3600,"POWER":"OFF","Wifi":{"SSId":"venue","RSSI":76,"Signal":-62}}',
        Relays({1: False}, 76, 3600),
    ),
    ("tele/plug-3/STATE", b'{"POWER":"ON","Wifi":7,"UptimeSec":true}', Relays({1: True})),
    (
        "tele/plug-3/SENSOR",
        b'{"Time":"2026-03-02T09:00:00","ENERGY":{"Total":12.5,"Power":62,"Voltage":228,"Current":0.272,"Today":true}}',
        Measured({"energy_kwh": 12.5, "power_w": 62, "voltage_v": 228, "current_a": 0.272}),
    ),
    (
        "stat/plug-3/STATUS8",
        b'{"StatusSNS":{"Time":"x","AM2301":{"Temperature":21.5,"Humidity":40,"DewPoint":7},"ENERGY":{"Power":1e12}}}',
        Measured({"temperature_c": 21.5, "humidity_percent": 40}),
    ),
    ("stat/plug-3/STATUS11", b'{"StatusSTS":{"POWER":"ON"}}', Relays({1: True})),
    ("stat/plug-3/UPGRADE", b"{", None),
    ("stat/other/POWER", b"ON", None),
    ("cmnd/plug-3/POWER", b"ON", None),
    ("tele/plug-3", b"", None),
]


@pytest.mark.parametrize(("topic", "payload", "said"), SAMPLES)
def test_what_a_message_says(topic: str, payload: bytes, said: Message | None) -> None:
    assert message_from(topic, payload, "plug-3") == said


def test_what_we_write_is_what_we_read() -> None:
    for on in ({1: True}, {1: False, 2: True}):
        assert message_from("tele/p/STATE", state_bytes(on, 60, 80), "p") == Relays(on, 80, 60)
    assert message_from("tele/p/SENSOR", energy_bytes(114, 2.5, 228), "p") == Measured(
        {"power_w": 114, "energy_kwh": 2.5, "voltage_v": 228, "current_a": 0.5}
    )
    assert message_from("tele/p/SENSOR", energy_bytes(0, 0, 0), "p") is not None
    assert message_from("stat/p/RESULT", result_bytes(1, on=True), "p") == Relays({1: True})
    assert message_from("stat/p/RESULT", result_bytes(2, on=False, relays=2), "p") == Relays({2: False})
    assert (command_of("cmnd/p/power1", "p"), command_of("cmnd/q/POWER", "p")) == ("POWER1", None)


@pytest.mark.parametrize("payload", [b"{", b"[]", b"\xff", b"[" * 9_000, b'"x"', b" " * (MAX_PAYLOAD_BYTES + 1)])
def test_garbage_is_a_parsing_error(payload: bytes) -> None:
    with pytest.raises(ParsingError):
        message_from("tele/plug-3/STATE", payload, "plug-3")


def test_the_discovery_message_fits_hatasmotas_schema_and_is_read_back() -> None:
    document: dict[str, Any] = json.loads(PLUG.to_bytes())
    assert TASMOTA_DISCOVERY_SCHEMA(document)["t"] == "plug-3"
    read = Device.from_bytes(PLUG.to_bytes())
    assert read.to_bytes() == PLUG.to_bytes()
    assert (read.relays[0], read.names[0]) == (1, "排队机插座")
    assert PLUG.where == "tasmota/discovery/DC4F22B0A1C2/config"
    assert hat.discovery_topic_get_mac(PLUG.where, "tasmota/discovery") == PLUG.mac


def test_hatasmota_reads_our_topics_and_our_messages_as_we_do() -> None:
    config = TASMOTA_DISCOVERY_SCHEMA(json.loads(PLUG.to_bytes()))
    assert hat.get_topic_command(config) + power_word(1) == command_topic("plug-3", "POWER1")
    stat, tele = topics_of("plug-3")
    assert hat.get_topic_stat_result(config) == stat.replace("+", "RESULT")
    assert hat.get_topic_tele_state(config) == tele.replace("+", "STATE")
    assert hat.get_topic_tele_sensor(config) == tele.replace("+", "SENSOR")
    assert hat.get_topic_tele_will(config) == tele.replace("+", "LWT")
    assert hat.config_get_state_online(config) == "Online"
    assert hat.config_get_state_offline(config) == "Offline"


def broken(**members: object) -> bytes:
    return json.dumps({**json.loads(PLUG.to_bytes()), **members}).encode()


@pytest.mark.parametrize(
    "payload",
    [
        broken(mac="x"), broken(t="a/b"), broken(t=7), broken(tp=["cmnd"]), broken(tp="cmnd"), broken(tp=[1, 2, 3]),
        broken(rl=None), broken(rl=["1"]), broken(rl=[0] * 33), b"[]",
    ],
)  # fmt: skip
def test_a_discovery_message_that_is_none_is_a_parsing_error(payload: bytes) -> None:
    with pytest.raises(ParsingError):
        Device.from_bytes(payload)


def test_a_discovery_message_without_names_has_none() -> None:
    assert Device.from_bytes(broken(fn="x")).names == ()


@given(st.sampled_from(["stat/p/RESULT", "tele/p/STATE", "tele/p/LWT", "stat/p/POWER", "tele/p/SENSOR"]), st.binary())
def test_whatever_comes_is_read_or_refused(topic: str, payload: bytes) -> None:
    try:
        message_from(topic, payload, "p")
    except ParsingError:
        return


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.sampled_from(["ON", "OFF", ""]),
    lambda inner: st.dictionaries(st.sampled_from(["POWER", "ENERGY", "Power", "Wifi", "RSSI", "StatusSNS"]), inner),
    max_leaves=10,
)


@given(json_values)
def test_whatever_json_comes_is_read_or_refused(value: object) -> None:
    for read in (lambda text: message_from("tele/p/STATE", text, "p"), Device.from_bytes):
        try:
            read(json.dumps(value).encode())
        except ParsingError:
            continue
