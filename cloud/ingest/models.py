"""Tables of the event store. Rows of `event` are written by raw statements only: see store.py."""

from tortoise import fields

from cloud.platform.orm import Model


class StreamMark(Model):
    """How far one (station, store, stream) is complete - `gaps` and `lost` are JSON lists of [from, to]."""

    id = fields.IntField(primary_key=True)
    station = fields.CharField(max_length=32)
    store = fields.CharField(max_length=36)
    stream = fields.CharField(max_length=16)
    upto = fields.BigIntField(default=0)
    highest = fields.BigIntField(default=0)
    count = fields.BigIntField(default=0)
    gaps = fields.TextField(default="[]")
    lost = fields.TextField(default="[]")

    class Meta:
        """Its table."""

        table = "stream_mark"
        unique_together = (("station", "store", "stream"),)


class StoredEvent(Model):
    """One event as it was sent, id = stream mark * 2^40 + seq, so that appending needs no second index."""

    id = fields.BigIntField(primary_key=True, generated=False)
    received_ms = fields.BigIntField()
    flags = fields.SmallIntField()
    text = fields.TextField()

    class Meta:
        """Its table."""

        table = "event"


class DeadLetter(Model):
    """Something that could not be stored as an event, with its raw bytes and the reason (W10, D14)."""

    id = fields.BigIntField(primary_key=True)
    station = fields.CharField(max_length=32, db_index=True)
    topic = fields.CharField(max_length=200)
    store = fields.CharField(max_length=36, null=True)
    stream = fields.CharField(max_length=16, null=True)
    from_seq = fields.BigIntField(null=True)
    to_seq = fields.BigIntField(null=True)
    reason = fields.CharField(max_length=16)
    why = fields.CharField(max_length=500)
    payload = fields.BinaryField()
    sha256 = fields.CharField(max_length=64)
    times = fields.IntField(default=1)
    first_at = fields.DatetimeField()
    last_at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "dead_letter"
        unique_together = (("station", "reason", "sha256"),)


class ThinnedRange(Model):
    """A range that a station thinned before it knew that we had any of it, no digest of the station holds it (D19)."""

    id = fields.IntField(primary_key=True)
    station = fields.CharField(max_length=32)
    store = fields.CharField(max_length=36)
    stream = fields.CharField(max_length=16)
    from_seq = fields.BigIntField()
    to_seq = fields.BigIntField()

    class Meta:
        """Its table."""

        table = "thinned_range"
        unique_together = (("station", "store", "stream", "from_seq", "to_seq"),)


class DigestCheck(Model):
    """What a station claims of a day of one stream, and what we found.

    States: waiting, asked (for a resend), equal, repaired, different.
    """

    id = fields.IntField(primary_key=True)
    station = fields.CharField(max_length=32)
    store = fields.CharField(max_length=36)
    day = fields.CharField(max_length=10)
    stream = fields.CharField(max_length=16)
    from_seq = fields.BigIntField(null=True)
    upto = fields.BigIntField()
    count = fields.BigIntField()
    hash = fields.CharField(max_length=80)
    own_count = fields.BigIntField(null=True)
    own_hash = fields.CharField(max_length=80, null=True)
    state = fields.CharField(max_length=12)
    signature = fields.CharField(max_length=8)
    due_at = fields.DatetimeField()
    checked_at = fields.DatetimeField(null=True)

    class Meta:
        """Its table."""

        table = "digest_check"
        unique_together = (("station", "store", "day", "stream"),)


class Relayed(Model):
    """What a process that stored something tells the leader, `text` is JSON (told.py), deleted when it is heard."""

    id = fields.BigIntField(primary_key=True)
    text = fields.TextField()

    class Meta:
        """Its table."""

        table = "relayed"


class CoreEpoch(Model):
    """The newest epoch of one core, stored before its CONNECT (D2)."""

    core = fields.CharField(max_length=32, primary_key=True)
    epoch = fields.BigIntField()

    class Meta:
        """Its table."""

        table = "core_epoch"
