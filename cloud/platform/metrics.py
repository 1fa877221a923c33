"""What Prometheus reads at /metrics; one registry per application, so that tests do not share numbers."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

#: Seconds; from one fsync on a good disk to a stuck database.
_LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_GROUP_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500)


class Metrics:
    """Every metric of the core, by name."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.events_stored = Counter(
            "yizhan_ingest_events_stored", "Events committed to the event table", registry=self.registry
        )
        self.events_repeated = Counter(
            "yizhan_ingest_events_repeated", "Events that had come before", registry=self.registry
        )
        self.dead_letters = Counter(
            "yizhan_ingest_dead_letters", "What could not be stored as an event", ["reason"], registry=self.registry
        )
        self.held_back = Counter(
            "yizhan_ingest_held_back", "Times the broker's socket was left alone", registry=self.registry
        )
        self.resends = Counter("yizhan_ingest_resends", "Ranges asked for again", registry=self.registry)
        self.commands_ended = Counter(
            "yizhan_commands_ended", "Commands that came to their end", ["state"], registry=self.registry
        )
        self.replies_ignored = Counter(
            "yizhan_command_replies_ignored", "Replies of no known command or out of its states", registry=self.registry
        )
        self.messages_ended = Counter(
            "yizhan_messages_ended", "Messages that came to their end", ["channel", "state"], registry=self.registry
        )
        self.reports_refused = Counter(
            "yizhan_message_reports_refused", "Delivery reports that were not the gateway's", registry=self.registry
        )
        self.commit_seconds = Histogram(
            "yizhan_ingest_commit_seconds", "One group commit", registry=self.registry, buckets=_LATENCY_BUCKETS
        )
        self.group_batches = Histogram(
            "yizhan_ingest_group_batches", "Messages in one group commit", registry=self.registry,
            buckets=_GROUP_BUCKETS,
        )  # fmt: skip
        self.queue_length = Gauge(
            "yizhan_ingest_queue_length", "Messages waiting for the writer", registry=self.registry
        )
        #: Whether the last try to store what had come was successful (readyz).
        self.stores = True
        self.storing = Gauge("yizhan_ingest_storing", "1 while what comes can be stored", registry=self.registry)
        self.storing.set_function(lambda: float(self.stores))
        self.store_retries = Counter(
            "yizhan_ingest_store_retries", "Groups that could not be stored and are tried again", registry=self.registry
        )
        self.broker_connected = Gauge(
            "yizhan_broker_connected", "1 while the core is connected to its broker", registry=self.registry
        )
        self.stations = Gauge("yizhan_stations", "Stations by state", ["state"], registry=self.registry)
        self.http_seconds = Histogram(
            "yizhan_http_request_seconds", "HTTP requests", ["method", "status"], registry=self.registry,
            buckets=_LATENCY_BUCKETS,
        )  # fmt: skip
        self.live_readers = Gauge("yizhan_live_readers", "Open pages that update themselves", registry=self.registry)
