"""Tables of the platform: domain events with their readers, answered writes."""

from tortoise import fields
from tortoise.models import Model


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


class AnsweredWrite(Model):
    """The answer to a write that carried an Idempotency-Key - `caller` keeps keys of different people apart."""

    id = fields.BigIntField(primary_key=True)
    caller = fields.CharField(max_length=80)
    key = fields.CharField(max_length=128)
    request_sha256 = fields.CharField(max_length=64)
    status = fields.IntField()
    headers = fields.TextField(default="{}")
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
