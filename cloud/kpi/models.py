"""Tables of the opening hours: what the slots showed, which days must be judged again, and every verdict given."""

from tortoise import fields

from cloud.platform.orm import Model


class SignalInterval(Model):
    """What a slot showed from `start_ms` until before `end_ms` (Unix, UTC), one row that grows while it lasts.

    Reports of a trusted and of an untrusted clock never share a row, the latter would spoil the former. A
    `corrected` row is the untrusted one of the same start, timed again.
    """

    id = fields.BigIntField(primary_key=True)
    station = fields.CharField(max_length=32)
    slot = fields.CharField(max_length=32)
    signal = fields.CharField(max_length=16)
    value = fields.CharField(max_length=16)
    start_ms = fields.BigIntField()
    end_ms = fields.BigIntField()
    samples = fields.BigIntField()
    clock = fields.CharField(max_length=16)
    received_at = fields.DatetimeField()
    epoch = fields.BigIntField(null=True)

    class Meta:
        """Its table."""

        table = "signal_interval"
        unique_together = (("station", "slot", "signal", "value", "start_ms", "clock"),)
        indexes = (("station", "end_ms"),)


class PowerChange(Model):
    """What a UPS said of the mains, the evidence of power cuts: `event` is the id of its event, `at_ms` its time.

    The time of an untrusted clock counts once it is corrected.
    """

    id = fields.BigIntField(primary_key=True)
    station = fields.CharField(max_length=32)
    slot = fields.CharField(max_length=32)
    event = fields.CharField(max_length=36)
    at_ms = fields.BigIntField()
    status = fields.CharField(max_length=16)
    clock = fields.CharField(max_length=16)
    epoch = fields.BigIntField(null=True)

    class Meta:
        """Its table."""

        table = "power_change"
        unique_together = (("station", "event"),)
        indexes = (("station", "at_ms"),)


class ClockCorrection(Model):
    """How far a station's clock was ahead of the true time in one of its starts, ms (W16a)."""

    id = fields.IntField(primary_key=True)
    station = fields.CharField(max_length=32)
    epoch = fields.BigIntField()
    offset_ms = fields.BigIntField()
    received_at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "clock_correction"
        unique_together = (("station", "epoch"),)


class OpeningDue(Model):
    """A day whose facts changed since it was last judged."""

    id = fields.BigIntField(primary_key=True)
    station = fields.CharField(max_length=32)
    day = fields.DateField()
    since = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "opening_due"
        unique_together = (("station", "day"),)


class OpeningVerdict(Model):
    """The verdict of a day that is over, `result` and `input` are JSON. New facts add a row, none is changed."""

    id = fields.BigIntField(primary_key=True)
    station = fields.CharField(max_length=32)
    day = fields.DateField()
    rule_version = fields.CharField(max_length=8)
    input_sha256 = fields.CharField(max_length=64)
    computed_at = fields.DatetimeField()
    result = fields.TextField()
    input = fields.TextField()

    class Meta:
        """Its table."""

        table = "opening_verdict"
        unique_together = (("station", "day", "rule_version", "input_sha256"),)
