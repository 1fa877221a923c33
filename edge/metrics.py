"""The agent's metrics, read from its parts when somebody asks."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from edge.commands import Commands
from edge.exposition import Family, single
from edge.lanbroker import StationBroker
from edge.outbox import Outbox
from edge.recorder import Recorder
from edge.session import StationSession
from edge.supervisor import SlotRunner
from edge.traffic import Traffic
from protocols.venue.vocabulary import STREAMS

if TYPE_CHECKING:
    from edge.uplink import Uplink


class AgentMetrics:
    """Reads outbox, connection and slots."""

    def __init__(  # noqa: PLR0913, PLR0917 - the parts it reads
        self,
        outbox: Outbox,
        recorder: Recorder,
        session: StationSession,
        uplink: "Uplink",
        slots: Mapping[str, SlotRunner],
        commands: Commands,
        traffic: Traffic,
        broker: StationBroker,
    ) -> None:
        self._outbox = outbox
        self._recorder = recorder
        self._session = session
        self._uplink = uplink
        self._slots = slots
        self._commands = commands
        self._traffic = traffic
        self._broker = broker

    def collect(self) -> Iterator[Family]:
        """Yield everything."""
        yield from self._streams()
        yield from self._slot_metrics()
        yield self._ended()
        yield from self._line()
        session, uplink = self._session, self._uplink
        yield single("gauge", "yizhan_edge_connected", "1 while the broker is connected.", int(uplink.connected))
        yield single("gauge", "yizhan_edge_core_online", "1 while the core takes events.", int(session.core_online))
        if self._broker.wanted:
            up = "1 while the station's own broker serves."
            yield single("gauge", "yizhan_edge_broker_up", up, int(self._broker.running))
        for name, text, value in (
            ("connects", "Connections made.", uplink.connects_total),
            ("batches", "Batches sent in ended and current connections.", session.sent_batches()),
            ("retries", "Times a stream went back to its watermark.", session.sent_retries()),
            ("messages_ignored", "Messages of the cloud that were ignored.", session.ignored_total),
            ("acks_ignored", "Watermarks that were not taken.", self._outbox.ignored_acks_total),
            ("commands_refused", "Requests without what the contract demands.", self._commands.refused_total),
            ("broker_restarts", "Starts of the station's own broker after an end.", self._broker.restarts_total),
            ("events_refused", "Events that could not be stored.", self._recorder.refused_total),
        ):
            yield single("counter", f"yizhan_edge_{name}", text, value)

    def _streams(self) -> Iterator[Family]:
        rows = Family("gauge", "yizhan_edge_outbox_unacked_events", "Events without an ack.", ("stream",))
        size = Family("gauge", "yizhan_edge_outbox_text_bytes", "Event text kept.", ("stream",))
        put = Family("counter", "yizhan_edge_events", "Events numbered in this store.", ("stream",))
        for stream in STREAMS:
            head = self._outbox.head(stream)
            rows.add(head.last - head.upto, stream)
            size.add(head.bytes, stream)
            put.add(head.last, stream)
        yield from (rows, size, put)

    def _line(self) -> Iterator[Family]:
        traffic, labels = self._traffic, ("direction", "class")
        messages = Family("counter", "yizhan_edge_messages", "MQTT messages by class.", labels)
        size = Family("counter", "yizhan_edge_message_bytes", "Their bytes, headers estimated.", labels)
        for (direction, class_), count in sorted(traffic.messages.items()):
            messages.add(count, direction, class_)
            size.add(traffic.bytes[direction, class_], direction, class_)
        yield from (messages, size)
        yield single("gauge", "yizhan_edge_day_bytes", "Bytes of the current UTC day.", traffic.day_bytes)
        yield single("gauge", "yizhan_edge_day_budget_bytes", "Bytes allowed a day, 0: any.", traffic.budget_bytes)

    def _ended(self) -> Family:
        ended = Family("counter", "yizhan_edge_commands", "Commands by how they ended.", ("state",))
        for state, count in self._commands.ended.items():
            ended.add(count, state)
        return ended

    def _slot_metrics(self) -> Iterator[Family]:
        good = Family("gauge", "yizhan_edge_slot_good", "1 while the slot's device works.", ("slot",))
        restarts = Family("counter", "yizhan_edge_driver_restarts", "Starts after a loss.", ("slot",))
        for name, runner in self._slots.items():
            good.add(int(runner.status.health == "good"), name)
            restarts.add(runner.status.restarts_total, name)
        yield from (good, restarts)
