"""Tables of the equipment register and of the work orders that faults and people open."""

from tortoise import fields

from cloud.platform.orm import Model


class Equipment(Model):
    """One piece of equipment of a station - `number` is its asset number and what its label's QR holds.

    `item` is one of tables/equipment_items.csv, `slot` the slot that it fills today (only while in use), `profile`
    what it is to the agent. The size is in millimetres, the price in fen. `scrapped_at` is the end of its life.
    """

    id = fields.UUIDField(primary_key=True)
    number = fields.CharField(max_length=32, unique=True)
    station = fields.CharField(max_length=32, db_index=True)
    place = fields.CharField(max_length=60, default="")
    item = fields.CharField(max_length=24, db_index=True)
    name = fields.CharField(max_length=80)
    model = fields.CharField(max_length=80, default="")
    serial = fields.CharField(max_length=80, default="")
    supplier = fields.CharField(max_length=120, default="")
    profile = fields.CharField(max_length=64, default="")
    slot = fields.CharField(max_length=32, null=True)
    width_mm = fields.IntField(null=True)
    height_mm = fields.IntField(null=True)
    price_fen = fields.BigIntField(null=True)
    bought_on = fields.DateField(null=True)
    installed_on = fields.DateField(null=True)
    warranty_until = fields.DateField(null=True)
    state = fields.CharField(max_length=12, db_index=True)
    note = fields.CharField(max_length=300, default="")
    created_by = fields.CharField(max_length=80)
    created_at = fields.DatetimeField()
    scrapped_at = fields.DatetimeField(null=True, db_index=True)

    class Meta:
        """Its table."""

        table = "equipment"
        unique_together = (("station", "slot"),)


class EquipmentMove(Model):
    """One line of a piece's history, never changed - `other` is the piece that it was swapped with."""

    id = fields.BigIntField(primary_key=True)
    equipment: fields.ForeignKeyRelation[Equipment] = fields.ForeignKeyField(
        "yizhan.Equipment", related_name="moves", db_index=True
    )
    equipment_id: object
    what = fields.CharField(max_length=12)
    state = fields.CharField(max_length=12)
    station = fields.CharField(max_length=32)
    slot = fields.CharField(max_length=32, null=True)
    other = fields.UUIDField(null=True)
    note = fields.CharField(max_length=300, default="")
    by = fields.CharField(max_length=80)
    at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "equipment_move"


class RepairOrder(Model):
    """A work order - opened by a slot that stayed faulty (`source` fault) or by a person (`source` report).

    `open_key` is `station/slot` (or the piece's id) while it is open and null when closed: one open order per fault.
    `good_at` is when the slot was good again, null while it is not. `told` is the newest step of escalation told.
    """

    id = fields.UUIDField(primary_key=True)
    number = fields.CharField(max_length=24, unique=True)
    open_key = fields.CharField(max_length=80, null=True, unique=True)
    source = fields.CharField(max_length=8)
    station = fields.CharField(max_length=32, db_index=True)
    slot = fields.CharField(max_length=32, default="")
    kind = fields.CharField(max_length=24)
    equipment = fields.UUIDField(null=True, db_index=True)
    fault = fields.CharField(max_length=16, default="")
    text = fields.CharField(max_length=300, default="")
    state = fields.CharField(max_length=8, db_index=True)
    owner = fields.CharField(max_length=80, null=True, db_index=True)
    opened_by = fields.CharField(max_length=80)
    opened_at = fields.DatetimeField(db_index=True)
    faulty_since = fields.DatetimeField()
    clock_from = fields.DatetimeField()
    accept_minutes = fields.IntField()
    repair_minutes = fields.IntField()
    accept_due_at = fields.DatetimeField()
    repair_due_at = fields.DatetimeField()
    taken_at = fields.DatetimeField(null=True)
    done_at = fields.DatetimeField(null=True)
    good_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True, db_index=True)
    finding = fields.CharField(max_length=500, default="")
    parts = fields.CharField(max_length=300, default="")
    cost_fen = fields.BigIntField(default=0)
    reason = fields.CharField(max_length=300, default="")
    faults = fields.IntField(default=1)
    reopened = fields.IntField(default=0)
    told = fields.CharField(max_length=8, default="")

    class Meta:
        """Its table."""

        table = "repair_order"
        indexes = (("station", "slot"),)


class RepairStep(Model):
    """One line of a work order's history, never changed."""

    id = fields.BigIntField(primary_key=True)
    order: fields.ForeignKeyRelation[RepairOrder] = fields.ForeignKeyField(
        "yizhan.RepairOrder", related_name="steps", db_index=True
    )
    order_id: object
    act = fields.CharField(max_length=12)
    by = fields.CharField(max_length=80)
    to = fields.CharField(max_length=80, null=True)
    note = fields.CharField(max_length=500, default="")
    at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "repair_step"
