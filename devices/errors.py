"""What can go wrong with a device, cut by what the supervisor does next."""

from typing import Literal

#: Why a slot lost its device (W13).
Cause = Literal["power", "usb", "network", "driver", "unplugged"]


class DeviceError(Exception):
    """Base of this folder."""


class DeviceLost(DeviceError):  # noqa: N818 - the state is the message
    """The device does not answer: restart the driver with backoff; `cause` goes into the slot's event."""

    def __init__(self, text: str, cause: Cause = "network") -> None:
        super().__init__(text)
        self.cause: Cause = cause


class DeviceRefused(DeviceError):  # noqa: N818
    """The device answers and says no (wrong setting, wrong command): do not retry the same."""


class OutcomeUnknown(DeviceError):  # noqa: N818
    """A command's effect began and nobody knows whether it was finished: never say that it failed (W21)."""


class ConfigurationError(DeviceError):
    """The slot's address, profile or settings cannot work as written: wait the maximum, tell the technician."""
