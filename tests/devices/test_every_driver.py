"""One suite over the tables of drivers and profiles: a new line there is tested without a new file here."""

import asyncio
import itertools
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from devices.driver import Driver, Json, LivePicture, ScreenBeat, SlotConfig
from devices.drivers import DRIVERS, load_driver
from devices.errors import ConfigurationError, DeviceLost, DeviceRefused
from devices.simulators import HALL, SIMULATORS
from devices.transport import open_transport
from firmware_profiles.registry import profiles
from protocols.venue.slips import slip_of
from tests.devices.benches import bench
from tests.devices.papers import page_of
from tests.devices.waiting import until
from tests.pictures import photograph

#: Profile -> (what a hand does to the device, the sample that follows); where the slot has no signal, the live values
#: that follow, None for those that the hand set.
DEEDS: Mapping[str, tuple[Json, tuple[str, str] | Json | None]] = {
    "document-camera": ({"picture_of": "black"}, {"picture": "black"}),
    "gm65-scanner": ({"scan": "6901234567892"}, {"good_total": 1, "bad_total": 0, "last": "good"}),
    "hdmi-wall-page": ({}, ("wall", "on")),
    "escpos-58": ({"paper": "near_end"}, None),
    "escpos-80": ({"paper": "near_end"}, None),
    "kiosk-face-camera": ({}, {"people": 2, "model": "pack@ad81ef08"}),
    "hlk-ld2410": ({"target": "moving"}, ("footfall", "people")),
    "hf-face-mqtt": ({"person": "staff-li"}, ("staff", "present")),
    "ipp-everywhere": ({"tray_percent": 5}, None),
    "hik-isapi-terminal": ({"face": "staff-1"}, ("staff", "present")),
    "hik-nvr": ({"disk": "error"}, {"disks": 1, "disks_ok": 0}),
    "hik-people-counter": ({"region_people": 1}, ("footfall", "people")),
    "huidu-sdk2": ({"playing": ""}, ("wall", "off")),
    "line-scanner": ({"scan": "6901234567892"}, {"good_total": 1, "bad_total": 0, "last": "good"}),
    "modbus-door-contact": ({"door": "unlocked"}, ("door", "unlocked")),
    "modbus-climate": ({"temperature_dc": -35}, {"temperature_c": -3.5, "humidity_percent": 45.1}),
    "modbus-smoke": ({"smoke": True}, {"smoke": True}),
    "modbus-relay": ({"on": False}, {"on": False}),
    "modbus-light": ({"light": "on"}, ("light", "on")),
    "modbus-presence": ({"presence": "people"}, ("footfall", "people")),
    "rtsp-camera": ({"picture_of": "black"}, {"state": "black"}),
    "samv-reader": ({"card": "resident"}, {"card": True, "cards_total": 1, "errors_total": 0}),
    "novastar-m3": ({"input_valid": False}, ("wall", "off")),
    "novastar-vx": ({"blackout": True}, ("wall", "off")),
    "nut-ups": ({"status": "OB DISCHRG"}, ("mains", "battery")),
    "onbon-bxy": ({"playing": False}, ("wall", "off")),
    "people-camera": ({"picture_of": "black"}, {"state": "no detector", "inside": None}),
    "sim-camera": ({"picture": "black"}, None),
    "sim-door": ({"door": "unlocked"}, ("door", "unlocked")),
    "sim-face": ({"person": "p-1", "is_staff": True}, ("staff", "present")),
    "sim-kiosk": ({"kiosk": "unusable"}, ("kiosk", "unusable")),
    "sim-light": ({"light": "on"}, ("light", "on")),
    "sim-occupancy": ({"in_total": 1}, ("footfall", "people")),
    "sim-printer": ({"level_percent": 5}, None),
    "sim-probe": ({}, ("probe", "alive")),
    "sim-staff": ({"staff": "present"}, ("staff", "present")),
    "sim-network": ({"ports_up": 7}, None),
    "sim-sensor": ({"temperature_c": 31}, None),
    "sim-socket": ({"on": False}, None),
    "sim-ups": ({"power": "battery"}, ("mains", "battery")),
    "sim-wall": ({"wall": "off"}, ("wall", "off")),
    "snmp-printer": ({"errors": "media-empty", "paper_percent": 0}, {"paper_percent": 0, "errors": "media-empty"}),
    "snmp-switch": ({"ports_up": 7}, None),
    "tasmota-light": ({"on": False}, ("light", "off")),
    "tasmota-socket": ({"on": False}, {"on": False}),
    "wall-watch": ({"content": "9f86d081"}, {"state": "other", "code": "9f86d081", "age_min": 0}),
    "wedge-scanner": ({"typed": "6901234567892"}, {"good_total": 1, "bad_total": 0, "last": "good"}),
}
#: One profile for each driver that talks to a device.
WITH_DEVICE = {one.driver: one.id for one in profiles().values() if one.driver in SIMULATORS}
WITH_DEVICE["qr-scanner"] = "gm65-scanner"
#: A keyboard cannot be asked whether it is there; its device file goes when it is unplugged.
CANNOT_BE_ASKED = {"wedge-scanner"}


def test_every_profile_has_its_deed_and_every_driver_a_profile() -> None:
    assert DEEDS.keys() == profiles().keys()
    assert {one.driver for one in profiles().values()} == DRIVERS.keys()
    assert SIMULATORS.keys() == WITH_DEVICE.keys()
    assert {driver for driver, _ in HALL.values()} <= SIMULATORS.keys()


@pytest.mark.parametrize("profile_id", DEEDS)
async def test_it_connects_and_hands_over_what_the_device_sees(profile_id: str, tmp_path: Path) -> None:
    deed, sample = DEEDS[profile_id]
    frames = itertools.count()
    async with bench(profile_id, tmp_path) as found, found.running():

        def said(something: object) -> object:
            found.host.beat = ScreenBeat(age_s=0.0, frames=next(frames), content="c", visible=True)
            return something

        await until(lambda: said(found.host.lives))
        if found.device is not None:
            await found.device.change(deed)
        if not isinstance(sample, tuple):
            shown = deed if sample is None else sample
            await until(lambda: any(shown.items() <= live.items() for live in found.host.lives))
        else:
            await until(lambda: said(sample in found.host.samples))


@pytest.mark.parametrize("profile_id", WITH_DEVICE.values())
async def test_a_device_that_goes_is_lost_and_found_again(profile_id: str, tmp_path: Path) -> None:
    async with bench(profile_id, tmp_path) as found:
        async with found.running() as (_, run):
            await until(lambda: found.host.lives)
            port = urlsplit(found.address).port
            await found.unplug()
            with pytest.raises(DeviceLost) as lost:
                await asyncio.wait_for(run, 5)
            assert lost.value.cause == "network"
        # Where there is a connection to open, opening it fails, else the first thing that the driver asks.
        with pytest.raises(DeviceLost, match="cannot connect"):
            async with found.running() as (_, run):
                await asyncio.wait_for(run, 5)
        async with bench(profile_id, tmp_path, where=f"tcp://127.0.0.1:{port}") as back, back.running():
            await until(lambda: back.host.lives)


@pytest.mark.parametrize("profile_id", sorted(set(WITH_DEVICE.values()) - CANNOT_BE_ASKED))
async def test_a_device_that_plays_dead_is_lost_within_five_seconds(profile_id: str, tmp_path: Path) -> None:
    async with bench(profile_id, tmp_path) as found, found.running() as (_, run):
        await until(lambda: found.host.lives)
        assert found.device is not None
        found.device.pause(on=True)
        with pytest.raises(DeviceLost, match="within"):
            await asyncio.wait_for(run, 5)
        found.device.pause(on=False)
        found.host.lives.clear()
        async with found.running():
            await until(lambda: found.host.lives)


@pytest.mark.parametrize("profile_id", DEEDS)
async def test_it_refuses_an_unknown_command(profile_id: str, tmp_path: Path) -> None:
    async with bench(profile_id, tmp_path) as found, found.running() as (driver, _):
        with pytest.raises(DeviceRefused):
            await driver.command("dance", {}, found.host)


@pytest.mark.parametrize("profile_id", DEEDS)
async def test_it_runs_every_command_of_its_profile_and_takes_its_settings(profile_id: str, tmp_path: Path) -> None:
    args: dict[str, Json] = {
        "blackout": {"on": True}, "switch": {"on": True}, "print": {"copies": 1}, "call": {"text": "请 A017 号"},
        "power": {"on": True}, "brightness": {"percent": 40}, "freeze": {"on": True}, "input": {"source": "HDMI"},
        "text": {"text": "今日客流 128"}, "discard": {"sha256": "0" * 64}, "door": {"action": "open"},
    }  # fmt: skip
    slip = slip_of(("big", "A017"), ("text", "岗位小票"), ("rule", ""), ("qr", "PR|v1|1")).to_bytes().decode()
    async with (
        bench(profile_id, tmp_path) as found,
        found.running() as (driver, _),
        page_of(b'[{"id": "p-1"}]' if "push_people" in profiles()[profile_id].commands else b"%PDF-1.7 paper") as (
            url,
            sha256,
        ),
    ):
        people: dict[str, Json] = {
            "push_people": {"document": url, "sha256": sha256}, "push_face": {"person": "p-1"},
            "delete_people": {"ids": "p-1,p-2"},
            "fetch_records": {"begin": "2026-03-02 09:00:00", "end": "2026-03-02 10:00:00"},
        }  # fmt: skip
        args |= people
        found.host.picture = LivePicture(bytearray(photograph()))
        papers: dict[str, Json] = {
            "ipp-printer": {"title": "合同", "document": url, "sha256": sha256},
            "escpos-printer": {"title": "岗位小票", "document": slip, "copies": 2},
        }
        args["print"] = papers.get(found.profile.driver, args["print"])
        for name, spec in found.profile.commands.items():
            assert spec.refuse(args.get(name, {})) is None
            await asyncio.wait_for(driver.command(name, args.get(name, {}), found.host), spec.timeout_s)
        await driver.configure(found.profile.defaults())


@pytest.mark.parametrize("profile_id", [p for p in DEEDS if not profiles()[p].settings])
async def test_it_refuses_settings_that_it_does_not_have(profile_id: str, tmp_path: Path) -> None:
    async with bench(profile_id, tmp_path) as found, found.running() as (driver, _):
        with pytest.raises(DeviceRefused):
            await driver.configure({"colour": "red"})


@pytest.mark.parametrize("name", DRIVERS)
async def test_it_refuses_a_slot_of_a_foreign_kind_and_an_unknown_option_of_its_address(name: str) -> None:
    kind: type[Driver] = load_driver(name)
    with pytest.raises(ConfigurationError, match="agent"):
        kind(SlotConfig("st-01", "x", "agent", "sim:"), open_transport("sim:"))
    address = f"{'mqtt://127.0.0.1:1/7' if name == 'face-mqtt' else 'tcp://127.0.0.1:1'}?colour=red"
    known = next(one for one in profiles().values() if one.driver == name)
    with pytest.raises(ConfigurationError, match="option"):
        kind(SlotConfig("st-01", "x", known.kind, address, options=known.options), open_transport(address))


def test_an_unknown_driver_is_named_with_those_that_exist() -> None:
    with pytest.raises(ConfigurationError, match=r"telepathy.*ld2410"):
        load_driver("telepathy")


async def test_choosing_one_driver_imports_no_other() -> None:
    code = (
        "import sys; from devices.drivers import load_driver; load_driver('wall-page');"
        "print([m for m in sys.modules if m.split('.')[0] in ('serial', 'pymodbus', 'aiohttp', 'cv2')"
        " or m.startswith(('devices.drivers.', 'devices.simulators', 'protocols.frames'))])"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert out.decode().strip() == "['devices.drivers.wall_page']"
