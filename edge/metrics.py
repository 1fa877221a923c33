"""The agent's metrics, read from its parts when somebody asks."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from edge.commands import Commands
from edge.lanbroker import StationBroker
from edge.outbox import Outbox
from edge.recorder import Recorder
from edge.session import StationSession
from edge.supervisor import SlotRunner
from edge.traffic import Traffic
from protocols.venue.vocabulary import STREAMS

if TYPE_CHECKING:
    from edge.uplink import Uplink


class AgentMetrics(Collector):
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

    def collect(self) -> Iterator[Metric]:
        """Yield everything."""
        yield from self._streams()
        yield from self._slot_metrics()
        yield self._ended()
        yield from self._line()
        session, uplink = self._session, self._uplink
        yield GaugeMetricFamily("yizhan_edge_connected", "1 while the broker is connected.", int(uplink.connected))
        yield GaugeMetricFamily("yizhan_edge_core_online", "1 while the core takes events.", int(session.core_online))
        if self._broker.wanted:
            up = "1 while the station's own broker serves."
            yield GaugeMetricFamily("yizhan_edge_broker_up", up, int(self._broker.running))
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
            yield CounterMetricFamily(f"yizhan_edge_{name}", text, value)

    def _streams(self) -> Iterator[Metric]:
        rows = GaugeMetricFamily("yizhan_edge_outbox_unacked_events", "Events without an ack.", labels=["stream"])
        size = GaugeMetricFamily("yizhan_edge_outbox_text_bytes", "Event text kept.", labels=["stream"])
        put = CounterMetricFamily("yizhan_edge_events", "Events numbered in this store.", labels=["stream"])
        for stream in STREAMS:
            head = self._outbox.head(stream)
            rows.add_metric([stream], head.last - head.upto)
            size.add_metric([stream], head.bytes)
            put.add_metric([stream], head.last)
        yield from (rows, size, put)

    def _line(self) -> Iterator[Metric]:
        traffic, labels = self._traffic, ["direction", "class"]
        messages = CounterMetricFamily("yizhan_edge_messages", "MQTT messages by class.", labels=labels)
        size = CounterMetricFamily("yizhan_edge_message_bytes", "Their bytes, headers estimated.", labels=labels)
        for (direction, class_), count in sorted(traffic.messages.items()):
            messages.add_metric([direction, class_], count)
            size.add_metric([direction, class_], traffic.bytes[direction, class_])
        yield from (messages, size)
        yield GaugeMetricFamily("yizhan_edge_day_bytes", "Bytes of the current UTC day.", traffic.day_bytes)
        yield GaugeMetricFamily("yizhan_edge_day_budget_bytes", "Bytes allowed a day, 0: any.", traffic.budget_bytes)

    def _ended(self) -> Metric:
        ended = CounterMetricFamily("yizhan_edge_commands", "Commands by how they ended.", labels=["state"])
        for state, count in self._commands.ended.items():
            ended.add_metric([state], count)
        return ended

    def _slot_metrics(self) -> Iterator[Metric]:
        good = GaugeMetricFamily("yizhan_edge_slot_good", "1 while the slot's device works.", labels=["slot"])
        restarts = CounterMetricFamily("yizhan_edge_driver_restarts", "Starts after a loss.", labels=["slot"])
        for name, runner in self._slots.items():
            good.add_metric([name], int(runner.status.health == "good"))
            restarts.add_metric([name], runner.status.restarts_total)
        yield from (good, restarts)


def registry_of(metrics: AgentMetrics) -> CollectorRegistry:
    """Return a registry of one agent; nothing is registered globally."""
    registry = CollectorRegistry()
    registry.register(metrics)
    return registry
