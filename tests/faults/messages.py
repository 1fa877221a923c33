"""Messages while the worker is killed and the SMS gateway is away: real processes, and a count of who got what.

The gateway is `yizhan sms simulate`, whose handsets are the witness; the worker is `yizhan cloud run --roles worker`.
"""

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from cloud.platform.core import Core
from cloud.platform.database import open_database, transaction
from cloud.platform.keystore import open_keyring
from cloud.platform.metrics import Metrics
from cloud.platform.notify.hub import Hub
from cloud.platform.notify.models import Delivery
from cloud.platform.notify.service import send
from cloud.platform.outbox import Outbox
from cloud.platform.settings import Settings, load_secret
from cloud.platform.times import MARKET_TIME
from devices.simulators.sms_store import Shown, open_store
from provisioning.clock import SystemClock
from tests.faults.program import set_offset
from tests.waiting import free_port, until

#: Messages for every kill, so that some are always under way.
PER_KILL: Final = 40
SLOW_S: Final = 0.05
PAY: Final = {"firm": "镇江某公司", "amount": "320.00", "period": "3 月 1 日"}
READY_S: Final = 60.0
SETTLE_S: Final = 240.0


@dataclass
class Plan:
    """What is inflicted: kills of the worker, some of them while the gateway is away for `outage_s`."""

    kills: int
    outage_s: float
    seed: int = 1


@dataclass
class Account:
    """What became of the messages."""

    messages: int = 0
    kills: int = 0
    outage_s: float = 0.0
    states: Counter[str] = field(default_factory=Counter)
    doubled: int = 0
    lost: int = 0
    #: Said to be sent, and no handset has it; or said to have failed, and one has.
    untrue: int = 0
    tries: int = 0
    recovery_s: float = 0.0

    @property
    def right(self) -> bool:
        """Whether every message was delivered once, or is shown as not delivered."""
        return self.doubled == self.lost == self.untrue == 0 and sum(self.states.values()) == self.messages


class MorningClock(SystemClock):
    """A clock by which it is day in the market, whenever the test runs."""

    def __init__(self, offset: timedelta) -> None:
        self._offset = offset

    def now(self) -> datetime:
        """Return the time."""
        return datetime.now(UTC) + self._offset

    async def ticks(self, interval_s: float) -> AsyncGenerator[None, None]:
        """Yield as the system's clock does."""
        async for _ in super().ticks(interval_s):
            yield


def until_ten() -> timedelta:
    """Return how far away ten o'clock in the market is."""
    now = datetime.now(UTC)
    return now.astimezone(MARKET_TIME).replace(hour=10, minute=0, second=0, microsecond=0) - now


class Rig:
    """The processes of one run."""

    def __init__(self, folder: Path, settings: Settings, rng: random.Random) -> None:
        self._folder = folder
        self._settings = settings
        self._rng = rng
        self._port = free_port()
        self._control = ""
        self.gateway: asyncio.subprocess.Process | None = None
        self.worker: asyncio.subprocess.Process | None = None

    async def start_gateway(self) -> None:
        """Start the gateway, or start it again where it was."""
        words = ("sms", "simulate", "--state", str(self._folder / "gateway"), "--port", str(self._port))
        secret = ("--secret-file", str(self._settings.notify_sms_secret_file))
        faults = ("--faults", json.dumps({"slow_s": SLOW_S}))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "yizhan.py", *words, *secret, *faults, stdout=asyncio.subprocess.PIPE
        )
        self.gateway = process
        assert process.stdout is not None
        async with asyncio.timeout(READY_S):
            self._control = json.loads(await process.stdout.readline())["control"]

    async def start_worker(self) -> None:
        """Start a worker."""
        values = self._settings.model_dump(mode="json", exclude_none=True)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("YIZHAN_")}
        environment |= {f"YIZHAN_{name.upper()}": str(value) for name, value in values.items()}
        with (self._folder / "worker.log").open("ab") as log:
            self.worker = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.faults.program", str(self._folder), "cloud", "run", "--roles", "worker",
                env=environment, stderr=log, start_new_session=True,
            )  # fmt: skip

    async def kill(self, process: asyncio.subprocess.Process | None) -> None:
        """Kill a process as a power cut does."""
        if process is not None and process.returncode is None:
            process.send_signal(signal.SIGKILL)
            await process.wait()

    async def kill_worker_at_work(self) -> None:
        """Let the worker deliver some messages, then kill it with others under way."""
        before, goal = len(self.shown()), self._rng.randint(1, PER_KILL // 2)
        await until(lambda: len(self.shown()) >= before + goal, "the worker delivers", READY_S)
        await asyncio.sleep(self._rng.uniform(0, SLOW_S))
        await self.kill(self.worker)

    async def drop_answers(self, count: int) -> None:
        """Have the gateway take so many messages without saying so."""
        parts = urlsplit(self._control)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(json.dumps({"set": {"drop_answers": count}}).encode() + b"\n")
        await writer.drain()
        assert json.loads(await reader.readline())["ok"]
        writer.close()
        await writer.wait_closed()

    def shown(self) -> list[Shown]:
        """Return what went to handsets."""
        with open_store(self._folder / "gateway" / "sms.db") as store:
            return store.shown()


async def run(folder: Path, database_url: str, plan: Plan) -> Account:
    """Carry out a plan and return what became of the messages."""
    offset = until_ten()
    set_offset(folder, offset.total_seconds())
    rng = random.Random(plan.seed)
    (folder / "gateway").mkdir()
    settings = Settings(
        data_dir=folder / "cloud", database_url=database_url, mqtt_url=f"mqtt://127.0.0.1:{free_port()}",
        notify_sms_secret_file=folder / "sms.secret",
    )  # fmt: skip
    account = Account(messages=PER_KILL * (plan.kills + 1), kills=plan.kills, outage_s=plan.outage_s)
    rig = Rig(folder, settings, rng)
    await rig.start_gateway()
    rig._settings = settings.model_copy(update={"notify_sms_url": f"http://127.0.0.1:{rig._port}"})
    try:
        async with _core(settings, offset) as core:
            await _tell(core, account.messages)
            await _inflict(rig, plan, rng, account)
            await _settle(core, rig)
            account.recovery_s = time.monotonic() - account.recovery_s
            await _judge(account, rig)
    finally:
        await rig.kill(rig.worker)
        await rig.kill(rig.gateway)
    return account


@asynccontextmanager
async def _core(settings: Settings, offset: timedelta) -> AsyncIterator[Core]:
    clock = MorningClock(offset)
    async with open_database(settings.database) as database:
        secret = load_secret(settings.secret_path)
        keyring = await open_keyring(secret, clock.now())
        yield Core(settings, secret, clock, database, Outbox(), Hub(), Metrics(), keyring)


async def _tell(core: Core, count: int) -> None:
    for number in range(count):
        async with transaction():
            await send(core, f"p:{number}", "pay-sent", PAY, f"k{number}", phone=f"139{number:07}1")


async def _inflict(rig: Rig, plan: Plan, rng: random.Random, account: Account) -> None:
    """Kill the worker a third of the times before the outage, a third in it, the rest after it."""
    before, within = plan.kills // 3, plan.kills // 3
    for number in range(plan.kills):
        if number == before:
            await rig.kill(rig.gateway)
            await _while_away(rig, within, plan.outage_s, rng)
            await rig.start_gateway()
            account.recovery_s = time.monotonic()
        if before <= number < before + within:
            continue
        await rig.start_worker()
        await rig.drop_answers(rng.randint(0, 2))
        await rig.kill_worker_at_work()
    await rig.start_worker()


async def _while_away(rig: Rig, kills: int, outage_s: float, rng: random.Random) -> None:
    """Kill workers that find no gateway."""
    ends = time.monotonic() + outage_s
    for left in range(kills, 0, -1):
        await rig.start_worker()
        await asyncio.sleep(rng.uniform(0.5, 1.0) * max(0.0, ends - time.monotonic()) / left)
        await rig.kill(rig.worker)
    await asyncio.sleep(max(0.0, ends - time.monotonic()))


async def _settle(core: Core, rig: Rig) -> None:
    async def settled() -> bool:
        assert rig.worker is not None
        assert rig.worker.returncode is None, "the worker ended by itself"
        return not await Delivery.filter(state__in=["queued", "sending"]).exists()

    del core
    await until(settled, "every message came to an end", SETTLE_S)


async def _judge(account: Account, rig: Rig) -> None:
    handsets = Counter(one.phone for one in rig.shown())
    rows: list[dict[str, Any]] = await Delivery.all().values("id", "state", "tries", "notification__recipient")
    told = {row["notification__recipient"] for row in rows}
    account.states = Counter(str(row["state"]) for row in rows)
    account.tries = sum(row["tries"] for row in rows)
    account.doubled = sum(count - 1 for count in handsets.values())
    account.lost = account.messages - len(told)
    for row in rows:
        arrived = handsets[f"139{int(row['notification__recipient'].removeprefix('p:')):07}1"] > 0
        reported = row["state"] in {"sent", "delivered"}
        account.untrue += int(row["state"] != "unknown" and arrived != reported)
