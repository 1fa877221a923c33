"""What can be wrong with what a venue is set up from, cut by who mends it."""


class ProvisioningError(Exception):
    """Base of this folder."""


class SiteError(ProvisioningError):
    """The site file does not say what it must; `line` is where, 0 when the whole file is meant."""

    def __init__(self, text: str, line: int = 0) -> None:
        super().__init__(f"line {line}: {text}" if line else text)
        self.line = line


class TrustError(ProvisioningError):
    """A signed document is not to be believed; `reason` is the contract's word for it (D24)."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(f"{reason}: {text}")
        self.reason = reason


class BrokerError(ProvisioningError):
    """The embedded broker cannot run; the text says what to install or free."""


class ClockError(ProvisioningError):
    """The stepped clock that this process was told to follow is gone."""


class PackError(ProvisioningError):
    """A model pack cannot be built or is not to be used; the text says why and what to do."""
