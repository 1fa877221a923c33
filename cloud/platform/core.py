"""What every service of one running core is given: built once in cloud/app.py, passed as first argument."""

from dataclasses import dataclass, field
from datetime import datetime

from cloud.platform.database import Database
from cloud.platform.keyring import KeyRing
from cloud.platform.metrics import Metrics
from cloud.platform.notify.hub import Hub
from cloud.platform.outbox import Outbox
from cloud.platform.settings import Settings
from provisioning.clock import Clock


@dataclass(frozen=True, slots=True)
class Core:
    """The resources of one process; `broker_label` is what the console says about the broker."""

    settings: Settings
    secret: bytes = field(repr=False)
    clock: Clock
    database: Database
    outbox: Outbox
    hub: Hub
    metrics: Metrics
    keyring: KeyRing
    broker_label: str = ""

    def now(self) -> datetime:
        """Return the wall time (UTC)."""
        return self.clock.now()
