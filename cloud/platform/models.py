"""Tables of the platform: domain events with their readers, answered writes, leases, jobs."""

from tortoise import fields

from cloud.platform.orm import Model


class DomainEvent(Model):
    """Something happened in a domain, written in the transaction that made it true, read in order of `id`."""

    id = fields.BigIntField(primary_key=True)
    topic = fields.CharField(max_length=64)
    key = fields.CharField(max_length=64)
    data = fields.TextField()
    at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "domain_event"


class Reader(Model):
    """How far one consumer of domain events has come."""

    name = fields.CharField(max_length=64, primary_key=True)
    position = fields.BigIntField(default=0)

    class Meta:
        """Its table."""

        table = "domain_event_reader"


class ReaderTrouble(Model):
    """A consumer stands before an event that it cannot take, deleted as soon as it goes on."""

    name = fields.CharField(max_length=64, primary_key=True)
    event_id = fields.BigIntField()
    tries = fields.IntField()
    error = fields.CharField(max_length=500)
    at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "domain_event_trouble"


class PoisonEvent(Model):
    """An event that a consumer could not take and went past, with what is needed to hand it over again."""

    id = fields.BigIntField(primary_key=True)
    consumer = fields.CharField(max_length=64)
    event_id = fields.BigIntField()
    topic = fields.CharField(max_length=64)
    key = fields.CharField(max_length=64)
    data = fields.TextField()
    happened_at = fields.DatetimeField()
    tries = fields.IntField()
    error = fields.CharField(max_length=500)
    at = fields.DatetimeField()
    asked = fields.BooleanField(default=False)

    class Meta:
        """Its table."""

        table = "poison_event"
        unique_together = (("consumer", "event_id"),)


class JobRow(Model):
    """What is known of one regular job - `result` is empty (never run), running, ok or failed.

    `failures` counts those in a row, `missed` the times that one late run stood for, `asked` has it run now.
    """

    name = fields.CharField(max_length=64, primary_key=True)
    due_at = fields.DatetimeField()
    asked = fields.BooleanField(default=False)
    started_at = fields.DatetimeField(null=True)
    duration_ms = fields.BigIntField(null=True)
    result = fields.CharField(max_length=8, default="")
    text = fields.CharField(max_length=500, default="")
    runs = fields.BigIntField(default=0)
    failures = fields.IntField(default=0)
    missed = fields.BigIntField(default=0)

    class Meta:
        """Its table."""

        table = "job"


class AnsweredWrite(Model):
    """The answer to a write that carried an Idempotency-Key - `caller` keeps keys of different people apart."""

    id = fields.BigIntField(primary_key=True)
    caller = fields.CharField(max_length=80)
    key = fields.CharField(max_length=128)
    request_sha256 = fields.CharField(max_length=64)
    status = fields.IntField()
    headers = fields.TextField(default="{}", db_default="{}")
    body = fields.TextField()
    at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "answered_write"
        unique_together = (("caller", "key"),)


class LeaseRow(Model):
    """What only one process may do, `holder` is empty when nobody does, `beats` grows while its holder lives.

    `until` is for people; who waits measures by its own clock how long `beats` has stood still.
    """

    name = fields.CharField(max_length=32, primary_key=True)
    holder = fields.CharField(max_length=36)
    process = fields.CharField(max_length=120)
    beats = fields.BigIntField()
    until = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "lease"
