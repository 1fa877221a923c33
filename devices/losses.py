"""Why a slot has no working device: one closed list of faults, found in the error and not written by every driver.

`cause` of W13 has five words for the broker's contract; a fault is finer and leads to what a technician does next
(`docs/devices/README.md` has a line for each). `fault_of` reads it from the chain of exceptions below a loss.
"""

import errno
import socket
from collections.abc import Iterator, Mapping
from typing import Final

from devices.errors import ConfigurationError, DeviceLost, DeviceRefused
from protocols.errors import ParsingError
from protocols.venue.vocabulary import Fault

#: What the operating system says -> the fault.
_BY_ERRNO: Final[Mapping[int, Fault]] = {
    errno.ENOENT: "unplugged",
    errno.ENODEV: "unplugged",
    errno.ENXIO: "unplugged",
    errno.EIO: "unplugged",
    errno.ECONNREFUSED: "refused",
    errno.ENETUNREACH: "unreachable",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETDOWN: "unreachable",
    errno.EHOSTDOWN: "unreachable",
    errno.ETIMEDOUT: "no_answer",
    errno.ECONNRESET: "closed",
    errno.EPIPE: "closed",
    errno.ECONNABORTED: "closed",
    errno.EBUSY: "busy",
    errno.EAGAIN: "busy",
    errno.EACCES: "no_access",
    errno.EPERM: "no_access",
}
#: A loss that says no more than its cause.
_BY_CAUSE: Final[Mapping[str, Fault]] = {
    "unplugged": "unplugged",
    "power": "power",
    "usb": "no_answer",
    "network": "no_answer",
    "driver": "protocol",
}

#: Fault -> what to do next, for the command line; the console has its own words.
HINTS: Final[Mapping[Fault, str]] = {
    "unplugged": "nothing is at that path; plug the device in, then: yizhan devices list --found",
    "refused": "the address answers but nobody listens at that port; is the port right, is the device's service on?",
    "unreachable": "no way leads there; check the address, the cable and the network of this machine",
    "no_answer": "the way is there but nothing comes; is the device on, are profile, port and baud rate right?",
    "closed": "the device hung up; many serve one connection only: is another program connected?",
    "busy": "another program uses the port (an agent that runs?); stop it, or look with: fuser PATH",
    "no_access": "this account may not open it; add it to the group of the file (dialout, lp, video) and log in anew",
    "protocol": "what answers is not such a device; is the profile right, is the baud rate?",
    "rejected": "the device answers and says no; the text above says to what",
    "settings": "the address or the profile cannot work as written; the text above says what to write",
    "power": "the device has no power",
    "certificate": "compare the fingerprint with the device's own page; if they agree, write it into the address",
    "failed": "the driver itself failed; this is a defect, keep the text above",
}


def fault_of(error: BaseException) -> Fault:
    """Return the fault of what ended a driver; what is no error of a device is `failed`: the driver itself is."""
    if isinstance(error, DeviceLost):
        return error.fault or _in_chain(error) or _BY_CAUSE[error.cause]
    if isinstance(error, DeviceRefused):
        return "rejected"
    return "settings" if isinstance(error, ConfigurationError) else "failed"


def _in_chain(error: BaseException) -> Fault | None:
    for below in _below(error):
        if isinstance(below, ParsingError):
            return "protocol"
        if isinstance(below, socket.gaierror):
            return "unreachable"
        if isinstance(below, OSError) and (found := _BY_ERRNO.get(below.errno or 0)) is not None:
            return found
        if isinstance(below, TimeoutError):
            return "no_answer"
    return None


def _below(error: BaseException) -> Iterator[BaseException]:
    """Yield what an error was raised from, downwards; Python forbids no circle."""
    seen = {id(error)}
    below = error.__cause__
    while below is not None and id(below) not in seen:
        seen.add(id(below))
        yield below
        below = below.__cause__ or below.__context__
