"""What can go wrong with a device, cut by what the supervisor does next."""

from protocols.venue.vocabulary import Cause, Fault

__all__ = ["Cause", "ConfigurationError", "DeviceError", "DeviceLost", "DeviceRefused", "Fault"]


class DeviceError(Exception):
    """Base of this folder."""


class DeviceLost(DeviceError):  # noqa: N818 - the state is the message
    """The device does not answer: restart the driver with backoff; `cause` goes into the slot's event.

    `fault` says more than the errors below can (`devices.losses.fault_of` reads those); None: they say enough.
    """

    def __init__(self, text: str, cause: Cause = "network", fault: Fault | None = None) -> None:
        super().__init__(text)
        self.cause: Cause = cause
        self.fault: Fault | None = fault


class DeviceRefused(DeviceError):  # noqa: N818
    """The device answers and says no (wrong setting, wrong command): do not retry the same."""


class OutcomeUnknown(DeviceError):  # noqa: N818
    """A command's effect began and nobody knows whether it was finished: never say that it failed (W21)."""


class ConfigurationError(DeviceError):
    """The slot's address, profile or settings cannot work as written: wait the maximum, tell the technician."""
