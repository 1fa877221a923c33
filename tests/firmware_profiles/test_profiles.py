"""Profiles: every shipped one loads, a bad one says why, and they judge settings and arguments."""

from collections.abc import Mapping
from typing import Any

import pytest

from firmware_profiles.errors import ProfileError, UnknownProfile
from firmware_profiles.registry import parse_profiles, profile, profiles
from firmware_profiles.schema import MAX_CAPABILITIES, Profile, Value
from protocols.venue.vocabulary import KINDS

GOOD = 'id = "x-1"\nkind = "door"\ndriver = "sim"\ntitle_zh = "门"\nschemes = ["sim"]\n'


def test_every_shipped_profile_loads_and_every_kind_has_one() -> None:
    assert {one.kind for one in profiles().values()} == set(KINDS) - {"agent"}
    assert {f"sim-{kind}" for kind in KINDS if kind != "agent"} <= profiles().keys()


def test_a_profile_is_found_by_its_id_and_an_unknown_one_lists_what_there_is() -> None:
    assert profile("sim-door").kind == "door"
    with pytest.raises(UnknownProfile, match=r"sim-dor.*sim-door"):
        profile("sim-dor")


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        ([("x-1.toml", GOOD), ("x-1.toml", GOOD)], "exists already"),
        ([("y-1.toml", GOOD)], "name the file after it"),
        ([("x-1.toml", "id = ")], r"x-1\.toml"),
        ([("x-1.toml", GOOD + "colour = 1")], "colour"),
        ([("x-1.toml", GOOD.replace("door", "window"))], "kind"),
        ([("x-1.toml", GOOD.replace('"sim"]', '"usb"]'))], "schemes"),
        ([("x-1.toml", GOOD + '[settings]\nA = { type = "string" }')], "settings"),
        ([("x-1.toml", GOOD + '[settings]\na = { type = "integer", default = "1" }')], "default"),
        ([("x-1.toml", GOOD + "[commands.go]")], "idempotent"),
        ([("x-1.toml", GOOD + "[commands.go]\nidempotent = true\ntimeout_s = 0")], "timeout_s"),
    ],
)
def test_a_bad_profile_is_an_error_that_names_file_and_place(texts: list[tuple[str, str]], why: str) -> None:
    with pytest.raises(ProfileError, match=why):
        parse_profiles(texts)


def test_a_profile_with_too_many_capabilities_is_refused() -> None:
    settings = "\n".join(f's{n} = {{ type = "boolean" }}' for n in range(MAX_CAPABILITIES + 1))
    with pytest.raises(ProfileError, match="more than"):
        parse_profiles([("x-1.toml", f"{GOOD}[settings]\n{settings}")])


def test_the_probe_is_exactly_as_the_contract_says() -> None:
    one = profile("sim-probe")
    assert one.capabilities == ["gain", "label", "cmd:echo", "cmd:strike"]
    assert (one.commands["echo"].idempotent, one.commands["strike"].idempotent) == (True, False)
    assert one.judge_settings({"gain": 100, "label": "x" * 32}) == ({"gain": 100, "label": "x" * 32}, {})
    assert one.judge_settings({"gain": 100.1, "label": "x" * 33, "colour": 1}) == (
        {},
        {"gain": "out_of_range", "label": "out_of_range", "colour": "unknown_field"},
    )
    assert one.judge_settings({"gain": True, "label": 1}) == ({}, {"gain": "wrong_type", "label": "wrong_type"})
    assert one.judge_settings({"gain": -1, "label": ""}) == ({"label": ""}, {"gain": "out_of_range"})
    assert one.defaults() == {"gain": 1, "label": ""}


@pytest.mark.parametrize(
    ("command", "args", "why"),
    [
        ("echo", {"text": "x"}, None),
        ("echo", {}, None),
        ("echo", {"txt": "x"}, "txt: unknown"),
        ("echo", {"text": 1}, "text: text up to 4000 characters"),
        ("strike", {"hold_s": 30}, None),
        ("strike", {"hold_s": 31}, "hold_s: number 0–30"),
        ("strike", {"hold_s": float("nan")}, "hold_s: number 0–30"),
    ],
)
def test_arguments_are_judged(command: str, args: Mapping[str, object], why: str | None) -> None:
    assert profile("sim-probe").commands[command].refuse(args) == why


def test_a_missing_argument_is_named() -> None:
    assert profile("sim-wall").commands["blackout"].refuse({}) == "on: missing, true or false"
    assert profile("sim-wall").commands["blackout"].refuse({"on": 1}) == "on: true or false"


@pytest.mark.parametrize(
    ("value", "good", "bad", "text"),
    [
        ({"type": "string", "choices": ["a", "b"]}, "a", "c", "one of a, b"),
        ({"type": "integer", "min": 1}, 10**9, 0, "integer 1–"),
        ({"type": "number"}, -1.5, float("nan"), "number –"),
    ],
)
def test_values_are_bounded_and_described(value: dict[str, Any], good: object, bad: object, text: str) -> None:
    one = Value.model_validate(value)
    assert one.refuse(good) is None
    assert one.refuse(bad) == "out_of_range"
    assert one.describe() == text
    assert Value(type="integer").refuse(1.0) == "wrong_type"


def test_profiles_cannot_be_changed_by_who_reads_them() -> None:
    with pytest.raises(TypeError):
        profiles()["x"] = profile("sim-door")  # type: ignore[index]
    assert Profile.model_config["frozen"]


def test_a_setting_that_can_only_be_read_refuses_every_wish() -> None:
    one = Value(type="integer", read_only=True)
    assert (one.refuse_wish(1), one.refuse(1)) == ("read_only", None)
