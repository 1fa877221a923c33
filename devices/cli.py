"""`yizhan devices list | search | probe | simulate`: drivers, who answers, one real device, one that does not exist."""

import argparse
import asyncio
import json
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, Final

from devices.driver import Json, SlotConfig
from devices.drivers import DRIVERS, load_driver, load_search
from devices.errors import ConfigurationError, DeviceLost, DeviceRefused
from devices.losses import HINTS, fault_of
from devices.machine import local_devices
from devices.recording import RecordingHost
from devices.search import BROADCAST, search_all, search_for
from devices.simulators import HALL, SIMULATORS, make_simulator
from devices.simulators.control import controlling
from devices.simulators.device import Simulator, parse_state
from devices.simulators.service import listening
from devices.transport import open_transport, parse_address
from firmware_profiles.errors import UnknownProfile
from firmware_profiles.registry import profile, profiles
from firmware_profiles.schema import Profile
from protocols.venue.vocabulary import KINDS, Kind

OK: Final = 0
WRONG_USE: Final = 2
UNREACHABLE: Final = 3
#: How long `probe` listens when it is not told.
PROBE_S: Final = 5.0
MAX_PROBE_S: Final = 3600.0
#: How long `search` waits for answers when it is not told.
SEARCH_S: Final = 2.0
_ANY_PORT: Final = "tcp://127.0.0.1:0"


def devices_list(argv: Sequence[str]) -> int:
    """Print every profile as one JSON line; `--found`: what is plugged in here, `--network`: what answers there."""
    parser = argparse.ArgumentParser(
        prog="yizhan devices list", description="Drivers and profiles, and the devices that are found."
    )
    parser.add_argument("--kind", choices=KINDS, help="only profiles for slots of this kind")
    parser.add_argument("--found", action="store_true", help="instead: what is plugged into this machine")
    parser.add_argument(
        "--network", nargs="*", metavar="ADDRESS", type=_ip_address,
        help="instead: what answers on the network, everybody or these addresses of devices and networks (seconds)",
    )  # fmt: skip
    options = parser.parse_args(argv)
    if options.found:
        here = local_devices()
        for one in here:
            _print_found(one.to_object(), options.kind)
        _say_when_empty(here, "no serial port, camera or USB printer is plugged in")
    elif options.network is None:
        _print_profiles(options.kind)
    return OK if options.network is None else _guarded(lambda: _find(options.network, options.kind))


def _print_found(line: dict[str, Any], kind: Kind | None) -> None:
    if kind is None or any(profile(name).kind == kind for name in line["profiles"]):
        _print(line)


def _print_profiles(kind: Kind | None) -> None:
    for one in profiles().values():
        if kind is not None and one.kind != kind:
            continue
        _print(
            {
                "profile": one.id,
                "kind": one.kind,
                "title": one.title_zh,
                "driver": one.driver,
                "code": DRIVERS[one.driver],
                "addresses": one.schemes,
                "capabilities": one.capabilities,
            }
        )


def _say_when_empty(found: Sequence[object], text: str) -> None:
    if not found:
        print(text, file=sys.stderr)  # noqa: T201 - a command line program


async def _find(targets: Sequence[str], kind: Kind | None) -> None:
    found = await search_all(targets or (BROADCAST,), SEARCH_S)
    _say_when_empty(found, "nothing answered; a device in another network is found by its address")
    for driver, address, said in found:
        fitting = [one.id for one in profiles().values() if one.driver == driver]
        line = {"found": "network", "driver": driver, "address": address, "device": dict(said), "profiles": fitting}
        _print_found(line, kind)


def _ip_address(text: str) -> str:
    try:
        return str(IPv4Address(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no IPv4 address, e.g. 192.168.1.255") from error


def probe(argv: Sequence[str]) -> int:
    """Talk to one device and print what it says, one JSON line each; 3 when it does not answer or says nothing."""
    parser = argparse.ArgumentParser(
        prog="yizhan devices probe",
        description="Talk to one device. Nothing is changed on it unless --command says so.",
    )
    parser.add_argument("profile", help="what it is: a profile of `yizhan devices list`")
    parser.add_argument("address", help="e.g. tcp://10.0.0.5:502 or serial:/dev/ttyUSB0?baud=256000")
    parser.add_argument("--seconds", type=_seconds, default=PROBE_S, help=f"how long to listen, {PROBE_S:g} by default")
    parser.add_argument("--command", metavar="NAME", help="run this command of the profile too")
    parser.add_argument(
        "--args", type=_json_object, default={}, metavar="JSON", help='its arguments, e.g. {"on": true}'
    )
    parser.add_argument(
        "--state", metavar="DIR", type=_folder, help="keep what the driver writes, such as pictures, here"
    )
    options = parser.parse_args(argv)
    return _guarded(lambda: _probe(profile(options.profile), options))


def search(argv: Sequence[str]) -> int:
    """Look for the devices of a profile on this network and print each as one JSON line; 3 when none answers."""
    parser = argparse.ArgumentParser(prog="yizhan devices search", description="Look for devices on this network.")
    parser.add_argument("profile")
    parser.add_argument("--to", default=BROADCAST, metavar="HOST", help="a host or a broadcast address")
    parser.add_argument("--port", type=int, help="another UDP port than the real devices'")
    parser.add_argument("--seconds", type=float, default=SEARCH_S)
    options = parser.parse_args(argv)
    return _guarded(lambda: _search(profile(options.profile), options))


def simulate(argv: Sequence[str]) -> int:
    """Run one simulated device, or `hall`, until SIGTERM; prints where it listens as one JSON line."""
    parser = argparse.ArgumentParser(prog="yizhan devices simulate", description="Run simulated devices.")
    parser.add_argument("profile", help=f"hall (all of one), or one of: {', '.join(_simulated_profiles())}")
    parser.add_argument("--listen", default=_ANY_PORT, help="tcp://host:port (0: any) or pty:")
    parser.add_argument("--control", default=_ANY_PORT, help="tcp://host:port (0: any) or unix:/path")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", type=_name_and_value,
        help="first state of the device, e.g. door=unlocked; afterwards by the control socket",
    )  # fmt: skip
    options = parser.parse_args(argv)
    return _guarded(lambda: _simulate(options.profile, options.listen, options.control, dict(options.set)))


def _simulated_profiles() -> list[str]:
    return [one.id for one in profiles().values() if one.driver in SIMULATORS]


def _name_and_value(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"{text!r}: write NAME=VALUE, e.g. door=unlocked")
    return name, value


def _json_object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise argparse.ArgumentTypeError(f'{text!r} is no JSON object, e.g. {{"on": true}}')
    return found


#: A terminal that has no fields for them cannot be let in: everybody there has an account with topics of his own.
_AT_THE_BROKER: Final = (
    "broker:NUMBER is at the station's own broker, which a running agent serves; `yizhan edge broker` prints the user "
    "and the password that the device must have. To probe: mqtt://USER:PASSWORD@HOST:1883/NUMBER"
)


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found <= MAX_PROBE_S:
        raise argparse.ArgumentTypeError(f"{text!r} is no time above 0 and up to {MAX_PROBE_S:g} s")
    return found


def _folder(text: str) -> Path:
    """Return a folder that is there now."""
    Path(text).mkdir(parents=True, exist_ok=True)
    return Path(text)


def _guarded(work: Any) -> int:
    try:
        asyncio.run(work())
    except (ConfigurationError, DeviceRefused, UnknownProfile) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - a command line program
        return WRONG_USE
    except DeviceLost as error:
        fault = fault_of(error)
        print(f"error: {error} (cause: {error.cause}, fault: {fault})", file=sys.stderr)  # noqa: T201
        print(f"hint: {HINTS[fault]}", file=sys.stderr)  # noqa: T201
        return UNREACHABLE
    except KeyboardInterrupt:
        return OK
    return OK


async def _probe(one: Profile, options: argparse.Namespace) -> None:
    if options.address.startswith("broker:"):
        raise ConfigurationError(_AT_THE_BROKER)
    if parse_address(options.address).scheme not in one.schemes:
        raise ConfigurationError(f"{one.id} is reached by {', '.join(one.schemes)}, not {options.address!r}")
    why = one.commands[options.command].refuse(options.args) if options.command in one.commands else "unknown"
    if options.command and why is not None:
        raise ConfigurationError(f"command {options.command}: {why}")
    config = SlotConfig("bench", one.kind, one.kind, options.address, one.heartbeat_s, options=one.options)
    with tempfile.TemporaryDirectory() as folder:
        host = RecordingHost(options.state or Path(folder), tell=_print)
        async with open_transport(options.address) as transport:
            driver = load_driver(one.driver)(config, transport)
            run = asyncio.create_task(driver.run(host), name="driver")
            try:
                if options.command:
                    _print({"result": dict(await driver.command(options.command, options.args, host))})
                await asyncio.wait({run}, timeout=options.seconds)
            finally:
                run.cancel()
                (ended,) = await asyncio.gather(run, return_exceptions=True)
            if isinstance(ended, Exception):
                raise ended
            if not (host.samples or host.lives or host.events or options.command):
                raise DeviceLost(
                    f"{options.address}: nothing was heard within {options.seconds:g} s", fault="no_answer"
                )


async def _search(one: Profile, options: argparse.Namespace) -> None:
    found = await search_for(load_search(one.driver), options.to, options.port, options.seconds)
    for address, said in found.items():
        _print({"profile": one.id, "address": address, "device": dict(said)})
    if not found:
        raise DeviceLost(f"nothing at {options.to} answered within {options.seconds:g} s")


async def _simulate(name: str, listen: str, control: str, state: Mapping[str, str]) -> None:
    devices = hall() if name == "hall" else {name: _device_of(profile(name))}
    for device in devices.values():
        mine = {field: text for field, text in state.items() if field in device.fields or len(devices) == 1}
        if mine:
            await device.change(parse_state(device.fields, mine))
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    async with simulated(devices, dict.fromkeys(devices, listen), control) as where:
        _print(where)
        await asked.wait()


def hall() -> dict[str, Simulator]:
    """Return the devices of a whole hall."""
    return {name: make_simulator(driver, kind) for name, (driver, kind) in HALL.items()}


@asynccontextmanager
async def simulated(
    devices: Mapping[str, Simulator], listen: Mapping[str, str], control: str
) -> AsyncIterator[dict[str, Any]]:
    """Serve devices, each where `listen` says, and their control; yields {"control", "addresses"}."""
    async with AsyncExitStack() as stack:
        addresses = {
            name: await stack.enter_async_context(listening(device, listen[name])) for name, device in devices.items()
        }
        yield {"control": await stack.enter_async_context(controlling(devices, control)), "addresses": addresses}


def _device_of(one: Profile) -> Simulator:
    return make_simulator(one.driver, one.kind)


def _print(line: Json) -> None:
    print(json.dumps(line, ensure_ascii=False), flush=True)  # noqa: T201 - a command line program
