"""Tables of the fleet: the tree of stations, their slots and devices, and what the stations say of themselves."""

from tortoise import fields

from cloud.platform.orm import Model


class Station(Model):
    """One station of the tree - `position` is its place in the site file, `rules` its local rules there (JSON)."""

    id = fields.CharField(max_length=32, primary_key=True)
    site = fields.CharField(max_length=32)
    name = fields.CharField(max_length=100)
    kind = fields.CharField(max_length=16)
    parent = fields.CharField(max_length=32, null=True)
    scored = fields.BooleanField(default=True)
    position = fields.IntField(default=0)
    rules = fields.TextField(db_default="{}")

    slots: fields.ReverseRelation["Slot"]

    class Meta:
        """Its table."""

        table = "station"


class Device(Model):
    """A piece of hardware, it fills at most one slot at a time."""

    id = fields.CharField(max_length=32, primary_key=True)
    serial = fields.CharField(max_length=100)
    profile = fields.CharField(max_length=64)
    address = fields.CharField(max_length=255)

    class Meta:
        """Its table."""

        table = "device"


class Slot(Model):
    """A role in a place - `state` is good, stale or unknown since `since` (W13).

    `fault` and `text` are what the station last said of a loss (ADR 0034), of which `cause` is the short form.
    """

    id = fields.IntField(primary_key=True)
    station: fields.ForeignKeyRelation[Station] = fields.ForeignKeyField("yizhan.Station", related_name="slots")
    station_id: str
    name = fields.CharField(max_length=32)
    kind = fields.CharField(max_length=16)
    heartbeat_s = fields.IntField(default=60)
    device: fields.ForeignKeyNullableRelation[Device] = fields.ForeignKeyField(
        "yizhan.Device", related_name="slots", null=True, on_delete=fields.SET_NULL
    )
    device_id: str | None
    position = fields.IntField(default=0)
    state = fields.CharField(max_length=8, default="unknown")
    cause = fields.CharField(max_length=16, null=True)
    fault = fields.CharField(max_length=16, null=True)
    text = fields.CharField(max_length=300, null=True)
    since = fields.DatetimeField(null=True)

    class Meta:
        """Its table."""

        table = "slot"
        unique_together = (("station", "name"),)


class Presence(Model):
    """The newest presence of a station by (epoch, conn), and the state the core concludes from it."""

    station = fields.CharField(max_length=32, primary_key=True)
    online = fields.BooleanField()
    epoch = fields.BigIntField()
    conn = fields.BigIntField()
    reason = fields.CharField(max_length=16)
    state = fields.CharField(max_length=8)
    since = fields.DatetimeField()
    last_heard = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "presence"


class Birth(Model):
    """The newest birth document of a station, as it was sent."""

    station = fields.CharField(max_length=32, primary_key=True)
    epoch = fields.BigIntField()
    conn = fields.BigIntField()
    store = fields.CharField(max_length=36)
    document = fields.TextField()
    received_at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "birth"


class Boot(Model):
    """Which start of the agent had which epoch: `boot` names the span of its monotonic clock."""

    id = fields.IntField(primary_key=True)
    station = fields.CharField(max_length=32)
    epoch = fields.BigIntField()
    boot = fields.CharField(max_length=36)

    class Meta:
        """Its table."""

        table = "boot"
        unique_together = (("station", "epoch"),)


class PastStore(Model):
    """A store that the station no longer uses (W4), `told` is JSON: the last seq of each stream in its last birth."""

    id = fields.IntField(primary_key=True)
    station = fields.CharField(max_length=32)
    store = fields.CharField(max_length=36)
    told = fields.TextField()
    closed_at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "past_store"
        unique_together = (("station", "store"),)


class StoreStart(Model):
    """A start of the agent that wrote into a store, the newest last (ADR 0008)."""

    id = fields.IntField(primary_key=True)
    station = fields.CharField(max_length=32)
    store = fields.CharField(max_length=36)
    boot = fields.CharField(max_length=36)

    class Meta:
        """Its table."""

        table = "store_start"
        unique_together = (("station", "store", "boot"),)


class RemovedStation(Model):
    """A station that a site file no longer names, `slots` is JSON: its retained documents are to be cleared."""

    station = fields.CharField(max_length=32, primary_key=True)
    slots = fields.TextField()
    removed_at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "removed_station"


class Twin(Model):
    """Desired slots (JSON) with their revision, and the reported document as it came."""

    station = fields.CharField(max_length=32, primary_key=True)
    rev = fields.BigIntField(default=0)
    desired = fields.TextField(default="{}")
    wished_at = fields.DatetimeField(null=True)
    applied_rev = fields.BigIntField(null=True)
    reported = fields.TextField(null=True)

    class Meta:
        """Its table."""

        table = "twin"


class Unclaimed(Model):
    """A station that speaks and that no site file names (D11)."""

    station = fields.CharField(max_length=32, primary_key=True)
    epoch = fields.BigIntField()
    first_heard = fields.DatetimeField()
    last_heard = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "unclaimed"


class Command(Model):
    """One command and what became of it (W19-W23), `args`, `result`, `reason`, `late`, `history` are JSON.

    `undecided`: a person must say whether the effect happened. `close_at` is when the core ends it by itself.
    """

    id = fields.CharField(max_length=36, primary_key=True)
    station = fields.CharField(max_length=32)
    slot = fields.CharField(max_length=32)
    name = fields.CharField(max_length=32)
    args = fields.TextField()
    state = fields.CharField(max_length=16, db_index=True)
    asked_by = fields.CharField(max_length=80)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    timeout_s = fields.FloatField()
    step_timeout_s = fields.FloatField()
    close_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    result: fields.Field[str | None] = fields.TextField(null=True)  # type: ignore[assignment]
    reason: fields.Field[str | None] = fields.TextField(null=True)  # type: ignore[assignment]
    late: fields.Field[str | None] = fields.TextField(null=True)  # type: ignore[assignment]
    history = fields.TextField(default="[]")
    again_of = fields.CharField(max_length=36, null=True)
    undecided = fields.BooleanField(default=False, db_index=True)
    decision = fields.CharField(max_length=16, null=True)
    decided_by = fields.CharField(max_length=80, null=True)
    decided_at = fields.DatetimeField(null=True)

    class Meta:
        """Its table."""

        table = "command"
        indexes = (("station", "id"),)


class Alarm(Model):
    """Something that must not pass unseen, `detail` is JSON. One open row per (kind, station, subject)."""

    id = fields.IntField(primary_key=True)
    kind = fields.CharField(max_length=24)
    station = fields.CharField(max_length=32)
    subject = fields.CharField(max_length=64, default="")
    detail = fields.TextField(default="{}")
    times = fields.IntField(default=1)
    raised_at = fields.DatetimeField()
    last_at = fields.DatetimeField()
    open = fields.BooleanField(default=True, db_index=True)
    closed_at = fields.DatetimeField(null=True)
    closed_by = fields.CharField(max_length=80, null=True)

    class Meta:
        """Its table."""

        table = "alarm"
