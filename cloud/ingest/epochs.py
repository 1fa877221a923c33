"""The core's epoch: greater at every CONNECT and stored before it, even when the clock jumps back (D2)."""

from cloud.ingest.models import CoreEpoch
from cloud.ingest.service import to_ms
from cloud.platform.core import Core
from cloud.platform.database import transaction
from cloud.platform.lease import Lease


async def next_epoch(core: Core, lease: Lease) -> int:
    """Store and return a new epoch; LeaseLostError when another process has taken over."""
    async with transaction():
        await lease.fence()
        row = await CoreEpoch.select_for_update().get_or_none(core=core.settings.core_id)
        epoch = max((row.epoch if row else 0) + 1, to_ms(core.now()))
        if row is None:
            await CoreEpoch.create(core=core.settings.core_id, epoch=epoch)
        else:
            await CoreEpoch.filter(core=core.settings.core_id).update(epoch=epoch)
    return epoch
