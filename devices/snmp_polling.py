"""What the drivers of SNMP agents share: the transport, and how often the agent is asked."""

from typing import Final

from devices.driver import PollingDriver, SlotConfig
from devices.errors import ConfigurationError
from devices.faults import Faults
from devices.transport import Transport
from devices.transports.snmp import SnmpTransport

DEFAULT_POLL_S: Final = 30.0


class SnmpDriver(PollingDriver):
    """Asks one agent each `poll_s` (profile option)."""

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        if not isinstance(transport, SnmpTransport):
            raise ConfigurationError(f"address {transport.address!r}: write snmp://10.0.0.7?community=public")
        self.agent = transport
        self.faults = Faults()
        self.interval_s = float(str(config.options.get("poll_s", DEFAULT_POLL_S)))
