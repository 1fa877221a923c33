"""One station's agent: one TaskGroup with every part in it, started and stopped in order."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from edge.alarms import LocalAlarms, Seen
from edge.answers import Answers
from edge.author import Author
from edge.commands import Commands, Target
from edge.content import Contents
from edge.custody import Custody
from edge.devicekey import DeviceKey, open_key
from edge.digests import Digests, StationSlot
from edge.epoch import Start, next_start
from edge.exposition import exposition
from edge.hall import HallWatch
from edge.host import Services
from edge.http.app import Reports, build_app, serve
from edge.http.counter import build_counter_app, serve_counter
from edge.http.feeds import Feeds
from edge.http.kiosk import KioskDoor
from edge.http.looks import add_kiosk
from edge.http.notices import NoticeDoor, station_key
from edge.http.queue import QueueFeed
from edge.kiosk.cloud import KioskCloud
from edge.kiosk.desk import KioskDesk
from edge.kiosk.posts import KioskPosts
from edge.lanbroker import StationBroker
from edge.ledger import Ledger, open_ledger
from edge.live import LiveBoard
from edge.memory import keep_small
from edge.metrics import AgentMetrics
from edge.notices.desk import Notices, watch_board
from edge.notices.texts import Texts
from edge.outbox import Outbox, open_outbox
from edge.pictures import Pictures
from edge.queue.desk import Queue
from edge.queue.pin import Doors
from edge.queue.slips import TicketSlips, slip_printers
from edge.recorder import Recorder
from edge.screens import Screens
from edge.session import Parts, StationSession
from edge.signals import Signals
from edge.stepwatch import watch_steps
from edge.supervisor import Supervisor
from edge.timekeeping import Timekeeper
from edge.traffic import Traffic
from edge.twin import ROLL_BACK_S, Twin
from edge.uplink import BrokerAddress, Uplink
from edge.visitors import Visitors
from edge.walls import Walls
from protocols.venue.ids import AGENT
from protocols.venue.notices import CHANNEL as NOTICE_CHANNEL
from protocols.venue.queue import CHANNEL, Pin
from protocols.venue.vocabulary import STREAMS, Kind, Stream
from provisioning.clock import Clock, open_clock
from provisioning.site import SiteFile, Station

if TYPE_CHECKING:
    from edge.faces.service import Faces

#: Drivers that do not end within this are left behind; the agent must be gone in 5 s.
DRIVERS_STOP_S: Final = 1.5
UPLINK_STOP_S: Final = 2.5
FACES_KEY: Final = Path("/etc/yizhan/faces.key")

#: Slots of these kinds show emergency notices.
SCREENS: Final = frozenset({"wall", "kiosk"})

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AgentConfig:
    """What one agent is started with; `http_port` 0 takes any free one, an empty `clock_url` is the system's clock."""

    site: SiteFile
    station_id: str
    state: Path
    broker: BrokerAddress
    http_port: int = 0
    clock_url: str = ""
    #: Where the venue's LAN finds the counter page, `address:port`; empty: nowhere.
    lan: str = ""
    #: One half of the key of the faces that are kept here: outside the state directory, in no backup.
    faces_key: Path = FACES_KEY
    #: How long new settings may make a slot unhealthy before they are taken back (W17); shorter only in tests.
    roll_back_s: float = ROLL_BACK_S


class Agent:
    """The running parts of one station; made by `open_agent`."""

    def __init__(  # noqa: PLR0913, PLR0917 - the parts that `open_agent` has opened
        self,
        config: AgentConfig,
        start: Start,
        clock: Clock,
        author: Author,
        outbox: Outbox,
        ledger: Ledger,
        key: DeviceKey,
    ) -> None:
        station = config.site.station(config.station_id)
        timekeeper = author.timekeeper
        custody = Custody(config.state, start, outbox, timekeeper.now)
        self.start, self.outbox = start, outbox
        self.recorder = Recorder(author, outbox)
        self.signals = Signals(self.recorder)
        screens, self.live = Screens(), LiveBoard()
        self.twin = Twin(config.state, timekeeper.now, config.roll_back_s)
        self.queue = Queue(self.recorder, online=self._is_online)
        self.visitors = Visitors(self.recorder, self.queue)
        pairs = Walls(slot.id for slot in station.slots if slot.kind == "wall")
        walls = pairs.seen
        self.contents = Contents(station.id, config.state, config.site.trust.content_keys, clock)
        self.feeds = Feeds(
            title=station.name, slots=walls, contents=self.contents, screens=screens, recorder=self.recorder,
            online=self._is_online,
        )  # fmt: skip
        self.notices = Notices(config.state, self.recorder, _screens_of(station, pairs))
        self.hall = HallWatch(station, config.state, clock, self.recorder, self.signals)
        self.pictures = Pictures()
        self.broker = StationBroker(config.state, station.broker, station.slots, self.recorder)
        self.faces = self._faces(config, timekeeper.now)
        self.supervisor = Supervisor(station, self._services(config.state, clock, screens, pairs), self.twin.settings)
        kiosks = [slot.id for slot in station.slots if slot.kind == "kiosk"]
        self.queue_feed = QueueFeed(
            self.queue, self.visitors, station.name, kiosks, timekeeper.now, online=self._is_online
        )
        self.texts = Texts(self.notices, self.supervisor.slots)
        self.door = NoticeDoor(self.notices, Doors(), station_key(config.state), station.name, self._pin)
        self.traffic = Traffic(config.state, station.outbox.daily_mb, timekeeper.now)
        answers = Answers(ledger, start, timekeeper.now, self._reply)
        self.digests = Digests(self.recorder, key)
        self.alarms = LocalAlarms(station, config.state, clock, Seen(self.supervisor.slots, self.live, self.signals))
        targets: dict[str, Target] = {**self.supervisor.slots, AGENT: StationSlot(self.digests, self.alarms)}
        self.commands = Commands(self.recorder, ledger, targets, answers)
        self.ticket_slips = TicketSlips(station.name, slip_printers(station.slots), self.commands, timekeeper.now)
        self.kiosk = self._kiosk(config, walls, timekeeper.now)
        self.session = StationSession(
            Parts(
                station.id, start, custody, outbox, timekeeper, self.supervisor.slots, self.twin, self.contents,
                self.live, self.recorder, self.commands, station.outbox.credit, key.public, self.traffic,
                self.faces.take_gallery if self.faces else None,
            )
        )  # fmt: skip
        self.uplink = Uplink(station.id, config.broker, self.session, self.traffic)
        self._connect()
        self.contents.load([*walls, CHANNEL, NOTICE_CHANNEL])
        self.url = self.lan_url = ""
        self._stopping = asyncio.Event()

    def _services(self, state: Path, clock: Clock, screens: Screens, pairs: Walls) -> Services:
        """Return what every slot uses."""
        return Services(
            state, clock, self.recorder, self.signals, self.live, screens, self.queue, self.visitors, pairs,
            self.feeds.proofs, lambda slot: f"{self.url}/wall/{slot}", self.broker.resolve, self.hall,
            self.pictures, self.faces.seen if self.faces else lambda _slot: None,
        )  # fmt: skip

    def _faces(self, config: AgentConfig, now: Callable[[], datetime]) -> "Faces | None":
        """Return the door to faces of a station with a camera for them; nothing of it is in memory without one."""
        slots = [one for one in config.site.station(config.station_id).slots if one.kind == "face"]
        if not slots:
            return None
        from edge.faces.service import Faces, Place, face_slots  # noqa: PLC0415 - see above

        cameras = face_slots(slots)
        place = Place(config.station_id, config.state, config.faces_key, config.site.cloud.http)
        return Faces(cameras, place, self.recorder, self.twin.settings, now) if cameras else None

    def _kiosk(self, config: AgentConfig, walls: Sequence[str], now: Callable[[], datetime]) -> KioskDoor:
        """Return the door of the kiosks' pages: who is signed in, posts and their slips."""
        station, base = config.site.station(config.station_id), config.site.cloud.http
        kiosks = self.queue_feed.kiosks
        desk = KioskDesk(kiosks, KioskCloud(base, config.state), self.visitors)
        posts = KioskPosts(
            (station.id, station.name), base, walls, self.contents, slip_printers(station.slots),
            lambda slot: self.supervisor.slots[slot].works, self.commands, now,
        )  # fmt: skip
        return KioskDoor(frozenset(kiosks), desk, posts, f"{base.rstrip('/')}/my" if base else "")

    def _is_online(self) -> bool:
        return self.session.core_online

    def _connect(self) -> None:
        """Have each part hear of what it shows or acts on of another."""
        self.contents.watch(self._board_came)
        self.contents.watch(watch_board(self.notices, self.contents.held))
        self.queue.watch(self.feeds.all_changed)
        self.queue.on_issued(self.ticket_slips.take)
        self.kiosk.desk.watch(lambda _slot: self.queue_feed.changed())
        if self.faces is not None:
            self.kiosk.faces, self.faces.changed = self.faces, self.queue_feed.changed
            self.faces.signed_in = self.kiosk.desk.person
        self.notices.watch(self.feeds.all_changed)
        self.notices.watch(self.queue_feed.changed)
        self.notices.on_word = partial(self.session.hurry, "evidence")
        self.feeds.covered = lambda: self.notices.current is not None

    def stop(self) -> None:
        """Have `run` end with a goodbye."""
        self._stopping.set()

    async def run(self) -> None:
        """Serve the station until `stop`."""
        if self.outbox.replaced is not None:
            await self.recorder.say("outbox.replaced", {"reason": self.outbox.replaced})
        async with asyncio.TaskGroup() as group:
            jobs = {
                "signals": self.signals.run(),
                "content": self.contents.run(),
                "queue": self.queue.run(),
                "kiosk-desk": self.kiosk.desk.run(),
                "notices": self.notices.run(),
                "notice-texts": self.texts.run(),
                "wall-time": self.feeds.run_time(),
                "wall-state": self.feeds.run_state(),
                "wall-proofs": self.feeds.proofs.run(),
                "digests": self.digests.run(),
                "alarms": self.alarms.run(self.recorder),
                "ticket-slips": self.ticket_slips.run(),
                "twin-watch": self.twin.keep_watch(self.supervisor.slots),
                "clock-watch": watch_steps(self.recorder),
                "memory": keep_small(),
                "hall": self.hall.run(),
                "lan-broker": self.broker.run(),
            }
            if self.faces is not None:
                jobs["faces"] = self.faces.run()
            tasks = [group.create_task(job, name=name) for name, job in jobs.items()]
            commands = group.create_task(self.commands.run(), name="commands")
            drivers = group.create_task(self.supervisor.run(), name="supervisor")
            uplink = group.create_task(self.uplink.run(), name="uplink")
            await self._stopping.wait()
            _log.info("stopping")
            commands.cancel()  # before its drivers go: what runs now is settled by the next start (W21)
            drivers.cancel()
            await asyncio.wait([drivers], timeout=DRIVERS_STOP_S)
            await self.signals.close()
            self.session.stop()
            self.uplink.stop()
            await asyncio.wait([uplink], timeout=UPLINK_STOP_S)
            self.traffic.keep()
            for task in (*tasks, uplink):
                task.cancel()

    def _board_came(self, channel: str) -> None:
        if channel == CHANNEL:
            self.queue.take(self.contents.shown(CHANNEL))

    def _pin(self) -> Pin | None:
        return self.queue.board.pin if self.queue.board else None

    async def _reply(self, topic: str, payload: bytes, correlation: bytes) -> None:
        await self.session.publish_reply(topic, payload, correlation)

    def metrics(self) -> bytes:
        """Return the metrics in Prometheus' text format."""
        read = AgentMetrics(
            self.outbox, self.recorder, self.session, self.uplink, self.supervisor.slots, self.commands, self.traffic,
            self.broker,
        )  # fmt: skip
        return exposition(read.collect())

    def status(self) -> dict[str, Any]:
        """Return what `/status` and `yizhan edge status` show of a running agent."""
        timekeeper = self.recorder.author.timekeeper
        return {
            "station": self.recorder.author.station,
            "epoch": self.start.epoch,
            "boot": self.start.boot,
            "store": self.outbox.store,
            "connected": self.uplink.connected,
            "core_online": self.session.core_online,
            "clock": timekeeper.state().to_object(),
            "queue": self.queue.status(),
            "notices": self.notices.status(),
            "broker": self.broker.status(),
            "outbox": {stream: _depth(self.outbox, stream) for stream in STREAMS},
            "twin": self.twin.reported(self.supervisor.slots).to_object(),
            "drivers": {
                name: {"profile": runner.slot.device.profile if runner.slot.device else None, **runner.describe()}
                for name, runner in self.supervisor.slots.items()
            },
        }


def _depth(outbox: Outbox, stream: Stream) -> dict[str, int | None]:
    head = outbox.head(stream)
    return {
        "first": head.first,
        "last": head.last,
        "upto": head.upto,
        "unacked": head.last - head.upto,
        "bytes": head.bytes,
    }


def _screens_of(station: Station, pairs: Walls) -> dict[str, Kind]:
    """Return the slots that show emergency notices, and their kinds; a wall that shows another's page is none."""
    return {slot.id: slot.kind for slot in station.slots if slot.kind in SCREENS and pairs.page_of(slot.id) is None}


@asynccontextmanager
async def open_agent(config: AgentConfig) -> AsyncIterator[Agent]:
    """Yield an agent with its clock, outbox and pages open; the caller holds the state directory's lock."""
    async with AsyncExitStack() as stack:
        clock = await stack.enter_async_context(open_clock(config.clock_url))
        timekeeper = Timekeeper(clock)
        start = next_start(config.state, timekeeper.now())
        author = Author(config.station_id, start, timekeeper)
        limits = config.site.station(config.station_id).outbox
        outbox = await stack.enter_async_context(open_outbox(config.state, limits, author.agent_text, timekeeper.now))
        await outbox.begin(start.boot)
        ledger = await stack.enter_async_context(open_ledger(config.state))
        key = await open_key(config.state, config.station_id)
        agent = Agent(config, start, clock, author, outbox, ledger, key)
        app = build_app(agent.feeds, Reports(agent.status, agent.metrics), agent.queue_feed, agent.door, agent.pictures)
        add_kiosk(app, agent.kiosk)
        agent.url = await stack.enter_async_context(serve(app, config.http_port, config.state))
        hall = serve_counter(build_counter_app(agent.queue_feed, agent.door, agent.pictures), config.lan)
        agent.lan_url = await stack.enter_async_context(hall)
        yield agent
