"""The station's own MQTT broker: a managed mosquitto for devices of the LAN that speak MQTT themselves (W26).

Each device has an account and the topics of its driver, nothing else; the agent has all of them, under a password that
is new at every start. Passwords of devices are in files: the one that the site file names, else one in the keystore of
the state directory, made when it is first wanted. None is in a log, an event or a command line.
"""

import asyncio
import base64
import contextlib
import getpass
import hashlib
import logging
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit

from devices.drivers import load_driver
from devices.errors import ConfigurationError
from devices.passwords import read_password
from edge.errors import OutboxError
from edge.recorder import Recorder
from edge.statefile import write_durably
from firmware_profiles.errors import ProfileError
from firmware_profiles.registry import profile
from protocols.venue.ids import AGENT
from provisioning.broker import (
    RESTART_MAX_S,
    RESTART_MIN_S,
    answers,
    die_with_parent,
    find_mosquitto,
    stop_process,
    wait_for_port,
)
from provisioning.site import LanBroker, Slot

SCHEME: Final = "broker"
LOOPBACK: Final = "127.0.0.1"
#: A name of a device: it is a user and a level of topics, so no wildcard or colon can stand in it.
DEVICE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
#: Connections and bytes of one message; a record of a face terminal carries two pictures.
MAX_CONNECTIONS: Final = 128
MAX_PACKET_BYTES: Final = 2 * 1024 * 1024
#: Messages for one client that does not read; a picture each, so few.
MAX_QUEUED: Final = 64
PASSWORD_BYTES: Final = 12
MAX_PASSWORD: Final = 128
#: mosquitto 2: `$7$` PBKDF2-HMAC-SHA512, its own number of rounds; the passwords are long and random.
_ROUNDS: Final = 101
_SALT_BYTES: Final = 12
#: A driver waits so long for a broker that starts; then it says that it is not there.
READY_S: Final = 5.0

_CONFIG: Final = """\
user {user}
per_listener_settings false
{listeners}
allow_anonymous false
password_file {folder}/passwords
acl_file {folder}/acl
persistence false
max_connections {connections}
max_packet_size {packet}
max_queued_messages {queued}
set_tcp_nodelay true
connection_messages false
log_dest stderr
log_type error
log_type warning
"""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Account:
    """A device at the broker: its name, which is its user, and what it may read and write."""

    name: str
    topics: tuple[tuple[str, str], ...]
    password: str = field(repr=False)

    def acl(self) -> str:
        """Return its part of the access list."""
        lines = [f"topic {access} {topic.format(device=self.name)}" for access, topic in self.topics]
        return "\n".join([f"user {self.name}", *lines, ""])


class StationBroker:
    """One mosquitto for the devices whose address is `broker:NAME[?password_file=PATH]`."""

    def __init__(self, state: Path, settings: LanBroker | None, slots: Sequence[Slot], recorder: Recorder) -> None:
        self._folder = state / "broker"
        self._settings = settings
        self._slots = slots
        self._recorder = recorder
        self._secret = secrets.token_urlsafe(PASSWORD_BYTES)
        self._up = asyncio.Event()
        self.text = ""
        self.restarts_total = 0
        self.process_id: int | None = None
        self._said: str | None = None

    async def resolve(self, address: str) -> str:
        """Return the address that a driver opens; anything but `broker:NAME` stays as it is.

        Waits for a broker that is just starting: its devices are not lost because of that.
        """
        if not _is_at_broker(address):
            return address
        if self._settings is None:
            raise ConfigurationError(f'{address}: this station has no broker; write broker = {{ listen = "IP:1883" }}')
        name, _ = _parts(address)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_S):
                await self._up.wait()
        return f"mqtt://{AGENT}:{quote(self._secret)}@{self._inside()}:{self._port}/{name}"

    async def run(self) -> None:
        """Keep mosquitto running for ever; returns at once when the station needs none."""
        if self._settings is None:
            return
        pause_s = RESTART_MIN_S
        while True:
            began = asyncio.get_running_loop().time()
            await self._say(up=False, text=await self._serve())
            long = asyncio.get_running_loop().time() - began > RESTART_MAX_S
            pause_s = RESTART_MIN_S if long else min(pause_s * 2, RESTART_MAX_S)
            self.restarts_total += 1
            await asyncio.sleep(pause_s)

    @property
    def wanted(self) -> bool:
        """Whether the site file asks for one."""
        return self._settings is not None

    @property
    def running(self) -> bool:
        """Whether it serves."""
        return self._up.is_set()

    def status(self) -> dict[str, object] | None:
        """Return what `/status` says of it, None: the station has none."""
        if self._settings is None:
            return None
        return {
            "listen": self._settings.listen, "state": "up" if self.running else "down", "text": self.text,
            "restarts": self.restarts_total, "devices": [one.name for one in self._accounts(make=False)],
        }  # fmt: skip

    async def _serve(self) -> str:
        """Run mosquitto once; returns why it ended or did not begin."""
        program = find_mosquitto()
        if program is None:
            return "mosquitto is not installed: apt-get install mosquitto"
        if await answers(self._port, self._inside()):
            return f"port {self._port} is taken"
        try:
            config = self._write()
        except (OSError, ConfigurationError) as error:
            return str(error)
        command = [*die_with_parent(), program, "-c", str(config)]
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
        try:
            if await wait_for_port(process, self._port, self._inside()):
                self.process_id = process.pid
                await self._say(up=True, text="")
            return f"mosquitto ended with code {await process.wait()}"
        finally:
            self._up.clear()
            self.process_id = None
            await stop_process(process)

    async def _say(self, *, up: bool, text: str) -> None:
        """Store a change of state, once."""
        self.text = text
        if up:
            self._up.set()
        said = "up" if up else f"down {text}"
        if said == self._said:
            return
        self._said = said
        _log.log(logging.INFO if up else logging.WARNING, "the station's broker is %s", said)
        try:
            await self._recorder.say("broker.changed", {"state": "up" if up else "down", "text": text})
        except OutboxError as error:
            _log.debug("the broker's state was not stored: %s", error)

    def _write(self) -> Path:
        """Write configuration, passwords and access list, for this account's eyes only."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        accounts = [*self._accounts(make=True), Account(AGENT, (("readwrite", "#"),), self._secret)]
        listeners = dict.fromkeys((self._outside, self._inside()))
        config = _CONFIG.format(
            user=getpass.getuser(), folder=self._folder.absolute(), connections=MAX_CONNECTIONS,
            packet=MAX_PACKET_BYTES, queued=MAX_QUEUED,
            listeners="\n".join(f"listener {self._port} {host}" for host in listeners),
        )  # fmt: skip
        files = {
            "passwords": "".join(f"{one.name}:{hashed(one.password)}\n" for one in accounts),
            "acl": "\n".join(one.acl() for one in accounts),
            "mosquitto.conf": config,
        }
        for name, text in files.items():
            path = self._folder / name
            path.touch(0o600)
            path.chmod(0o600)
            path.write_text(text, "utf-8")
        return self._folder / "mosquitto.conf"

    def _accounts(self, *, make: bool) -> Iterable[Account]:
        """Return the devices' accounts, one per name; a slot that cannot work as written has none and says why."""
        found: dict[str, Account] = {}
        for slot in self._slots:
            if slot.device is None or not _is_at_broker(slot.device.address):
                continue
            try:
                name, options = _parts(slot.device.address)
                driver = load_driver(profile(slot.device.profile).driver)
                password = password_of(self._folder.parent, name, options) if make else ""
            except (ConfigurationError, ProfileError) as error:
                _log.warning("%s has no account at the broker: %s", slot.id, error)
                continue
            topics = (*(found[name].topics if name in found else ()), *driver.broker_topics)
            found[name] = Account(name, tuple(dict.fromkeys(topics)), password)
        return found.values()

    @property
    def _outside(self) -> str:
        return self._settings.host if self._settings else LOOPBACK

    def _inside(self) -> str:
        """Return the address that the agent uses: one listener serves both when it is on all addresses or on this."""
        return self._outside if self._outside == "0.0.0.0" else LOOPBACK  # noqa: S104 - compared

    @property
    def _port(self) -> int:
        return self._settings.port if self._settings else 0


def password_of(state: Path, name: str, options: Mapping[str, str]) -> str:
    """Return a device's password: of the file that its address names, else of the keystore, made when it is new."""
    given = options.get("password_file")
    path = Path(given) if given else state / "broker" / "keys" / name
    if not given and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        write_durably(path, f"{secrets.token_hex(PASSWORD_BYTES // 2)}\n".encode())
        path.chmod(0o600)  # nobody else could enter its folder meanwhile
    password = read_password(str(path), f"password_file of {name}")
    if not 0 < len(password) <= MAX_PASSWORD or not password.isprintable():
        raise ConfigurationError(f"password_file of {name}: one line of 1 to {MAX_PASSWORD} characters")
    return password


def hashed(password: str, salt: bytes | None = None) -> str:
    """Return a password as mosquitto keeps it."""
    salt = salt or secrets.token_bytes(_SALT_BYTES)
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ROUNDS)
    return f"$7${_ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(key).decode()}"


def devices_of(slots: Sequence[Slot]) -> Mapping[str, tuple[str, Mapping[str, str]]]:
    """Return the slots whose devices are at the broker: slot -> (name of the device, options of its address)."""
    return {
        slot.id: _parts(slot.device.address)
        for slot in slots
        if slot.device is not None and _is_at_broker(slot.device.address)
    }


def _is_at_broker(address: str) -> bool:
    return address.startswith(f"{SCHEME}:")


def _parts(address: str) -> tuple[str, Mapping[str, str]]:
    """Return the device and the options of `broker:NAME?password_file=PATH`."""
    parts = urlsplit(address)
    if not DEVICE.fullmatch(parts.path) or parts.path == AGENT:
        raise ConfigurationError(f"{parts.path!r} cannot be a device at the broker; write broker:NUMBER")
    options = dict(parse_qsl(parts.query))
    if options.keys() - {"password_file"}:
        raise ConfigurationError(f"{address}: the only option is password_file")
    return parts.path, options
