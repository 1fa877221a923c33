"""What is plugged into this machine: serial ports, cameras, USB printers. Looks only, opens nothing."""

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from firmware_profiles.registry import profiles

#: Where a serial port has a name that stays the same whichever socket it is plugged into.
BY_ID: Final = Path("/dev/serial/by-id")
#: What is looked for beside serial ports: kind of find -> (folder, pattern).
_FILES: Final = {"camera": ("/dev", "video*"), "printer": ("/dev/usb", "lp*")}
#: Finds of one kind that are listed.
MAX_FOUND: Final = 64


@dataclass(frozen=True, slots=True)
class Found:
    """One device file: `found` is serial, camera or printer; `hint` says what keeps this account from using it."""

    found: str
    path: str
    title: str
    usb: str = ""
    serial: str = ""
    stable: str = ""
    usable: bool = True
    hint: str = ""

    def to_object(self) -> dict[str, Any]:
        """Return its JSON line; `profiles` are those that an address with this file could be written for."""
        return {**asdict(self), "profiles": _fitting(self.found)}


def local_devices(folder: Path = Path("/")) -> list[Found]:
    """Return what is plugged in, serial ports first; `folder` is the root that is looked below."""
    return [*_serial_ports(folder), *_files(folder)]


def _serial_ports(folder: Path) -> Iterator[Found]:
    from serial.tools.list_ports import comports  # noqa: PLC0415 - walks /sys, and only this needs it

    stable = _stable_names(folder / BY_ID.relative_to("/"))
    for port in sorted(comports(), key=lambda one: str(one.device))[:MAX_FOUND]:
        usb = f"{port.vid:04x}:{port.pid:04x}" if port.vid is not None and port.pid is not None else ""
        title = port.product or (port.description if port.description != "n/a" else "")
        usable, hint = _usable(port.device)
        yield Found(
            "serial", port.device, title, usb, port.serial_number or "", stable.get(port.device, ""), usable, hint
        )


def _stable_names(folder: Path) -> dict[str, str]:
    """Return device file -> its name by id; a machine without udev has none."""
    if not folder.is_dir():
        return {}
    return {str(link.resolve()): str(link) for link in sorted(folder.iterdir())[:MAX_FOUND]}


def _files(folder: Path) -> Iterator[Found]:
    for kind, (place, pattern) in _FILES.items():
        where = folder / place.lstrip("/")
        for file in sorted(where.glob(pattern))[:MAX_FOUND] if where.is_dir() else ():
            usable, hint = _usable(str(file))
            yield Found(kind, str(file), _title(folder, kind, file.name), usable=usable, hint=hint)


def _title(folder: Path, kind: str, name: str) -> str:
    """Return what the kernel calls a camera or a USB printer, empty where it does not say."""
    place = folder / "sys/class" / ("video4linux" if kind == "camera" else "usbmisc") / name
    for said in (place / "name", place / "device/interface"):
        try:
            return said.read_text("utf-8", errors="replace").strip()[:100]
        except OSError:
            continue
    return ""


def _usable(path: str) -> tuple[bool, str]:
    """Return whether this account may read and write a device file, and what to do when not."""
    if os.access(path, os.R_OK | os.W_OK):
        return True, ""
    try:
        group = Path(path).group()
    except (KeyError, OSError):
        return False, "this account may not use it"
    return (
        False,
        f"this account may not use it: add it to the group {group} (sudo usermod -aG {group} USER, log in anew)",
    )


def _fitting(found: str) -> list[str]:
    """Return the profiles that are reached by such a file."""
    schemes = {"serial": {"serial"}, "camera": {"video", "v4l2", "uvc"}, "printer": {"usb", "lp", "usblp"}}[found]
    return [one.id for one in profiles().values() if schemes & set(one.schemes) and one.driver != "sim"]
