"""One sample per event type, through the model, the batch and back (W1, W2, D1)."""

import json
from pathlib import Path
from typing import Any

import pytest

from protocols.venue import events
from protocols.venue.messages import MESSAGES
from protocols.venue.vocabulary import KINDS, STREAMS

DATA = Path(__file__).parents[2] / "data"
SAMPLES = {path.stem: path for path in (DATA / "messages").glob("*.json")}


def sample(type_: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(SAMPLES[type_].read_text(encoding="utf-8"))
    return loaded


def properties_of(event: dict[str, Any]) -> events.Properties:
    return events.Properties(event["stream"], event["seq"], event["seq"], event["epoch"], STORE)


STORE = "0195f3c2-0000-7000-8000-00000000000a"


def test_every_type_has_one_sample_and_every_sample_a_type() -> None:
    assert set(SAMPLES) == set(MESSAGES)


@pytest.mark.parametrize("type_", sorted(MESSAGES))
def test_type_names_follow_the_contract(type_: str) -> None:
    cn, yizhan, kind, _noun, _verb, version = type_.split(".")
    assert (cn, yizhan, version) == ("cn", "yizhan", "v1")
    assert kind in KINDS


@pytest.mark.parametrize("type_", sorted(MESSAGES))
def test_sample_data_survives_its_model_unchanged(type_: str) -> None:
    data = sample(type_)["data"]
    model = MESSAGES[type_].model_validate(data)
    assert model.model_extra == {}
    assert json.loads(model.model_dump_json(by_alias=True, exclude_unset=True)) == data


@pytest.mark.parametrize("type_", sorted(MESSAGES))
def test_sample_written_by_the_edge_is_read_by_the_cloud(type_: str) -> None:
    wanted = sample(type_)
    stored = {name: value for name, value in wanted.items() if name not in {"seq", "replay"}}
    text = json.dumps(stored, ensure_ascii=False, separators=(",", ":"))
    rendered = events.render(text, wanted["seq"], replay=False)
    assert json.loads(rendered) == wanted
    judged = events.decode_batch(
        events.encode_batch([rendered]), properties_of(wanted), station="st-01", stream=wanted["stream"]
    )
    assert [(one.seq, one.text, one.reason, one.flags) for one in judged] == [(wanted["seq"], rendered, None, ())]
    assert isinstance(judged[0].event, events.Event)
    assert judged[0].event.model_dump(mode="json", exclude_unset=True) == wanted


@pytest.mark.parametrize("type_", sorted(MESSAGES))
def test_an_unknown_member_is_kept_and_flagged_never_dropped(type_: str) -> None:
    event = sample(type_)
    event["data"]["later"] = {"x": 1}
    judged = judge(event)
    assert judged.flags == ("unknown_field",)
    assert isinstance(judged.event, events.Event)
    assert judged.event.data["later"] == {"x": 1}


@pytest.mark.parametrize("type_", sorted(MESSAGES))
def test_data_of_the_wrong_type_goes_to_the_dead_letters(type_: str) -> None:
    event = sample(type_)
    first = next(iter(event["data"]))
    event["data"][first] = {"no": "such shape"}
    judged = judge(event)
    assert judged.event is None
    assert judged.reason == "schema"
    assert judged.why.startswith("data.")


def judge(event: dict[str, Any]) -> events.Judged:
    payload = events.encode_batch([json.dumps(event)])
    return events.decode_batch(payload, properties_of(event), station="st-01", stream=event["stream"])[0]


def test_an_unknown_type_is_stored_and_flagged() -> None:
    event = sample("cn.yizhan.door.signal.interval.v1")
    event["type"] = "cn.yizhan.door.hinge.creaked.v1"
    assert judge(event).flags == ("unknown_type",)


def test_an_unknown_envelope_member_is_flagged() -> None:
    event = sample("cn.yizhan.door.signal.interval.v1")
    event["traceparent"] = "00-1-2-01"
    assert judge(event).flags == ("unknown_field",)


@pytest.mark.parametrize(
    ("change", "reason", "why"),
    [
        ({"source": "/stations/st-02/slots/door-1"}, "wrong_station", "came by the topic of st-01"),
        ({"source": "/stations/st-01/slots/DOOR"}, "wrong_station", "came by the topic of st-01"),
        ({"stream": "ops"}, "wrong_stream", "event says ops"),
        ({"seq": 999}, "schema", "999 stands at the place of"),
        ({"epoch": 1772413200124}, "schema", "is above the sender's"),
        ({"time": "2026-03-02T01:01:00"}, "schema", "time:"),
        ({"seq": True}, "schema", "seq:"),
        ({"epoch": 2**53}, "schema", "epoch:"),
        ({"data": {"pad": "x" * 70_000}}, "too_large", "above 65536 bytes"),
        ({"data": []}, "schema", "data:"),
    ],
)
def test_a_misplaced_event_is_judged_alone(change: dict[str, Any], reason: str, why: str) -> None:
    good = sample("cn.yizhan.door.signal.interval.v1")
    properties = properties_of(good)
    payload = events.encode_batch([json.dumps({**good, **change})])
    judged = events.decode_batch(payload, properties, station="st-01", stream="evidence")[0]
    assert (judged.event, judged.reason) == (None, reason)
    assert why in judged.why
    assert judged.seq == good["seq"]


@pytest.mark.parametrize(
    "data",
    [
        {"signal": "door", "value": "ajar", "from": "2026-03-02T01:00:00Z", "to": "2026-03-02T01:01:00Z", "samples": 1},
        {"signal": "mood", "value": "on", "from": "2026-03-02T01:00:00Z", "to": "2026-03-02T01:01:00Z", "samples": 1},
        {
            "signal": "door",
            "value": "locked",
            "from": "2026-03-02T01:01:00Z",
            "to": "2026-03-02T01:00:00Z",
            "samples": 1,
        },
    ],
)
def test_an_interval_knows_its_signal_values_and_order(data: dict[str, Any]) -> None:
    event = sample("cn.yizhan.door.signal.interval.v1") | {"data": data}
    assert judge(event).reason == "schema"


def test_the_bounds_of_the_contract_are_the_ones_written_down() -> None:
    assert (events.MAX_BATCH_EVENTS, events.MAX_BATCH_BYTES, events.MAX_EVENT_BYTES) == (500, 262_144, 65_536)
    assert STREAMS == ("evidence", "ops", "telemetry")
    assert events.CONTENT_TYPE == "application/vnd.yizhan.events.v1+json"
