from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0028_wall_proof_by")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Equipment",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("number", fields.CharField(unique=True, max_length=32)),
                ("station", fields.CharField(db_index=True, max_length=32)),
                ("place", fields.CharField(default="", max_length=60)),
                ("item", fields.CharField(db_index=True, max_length=24)),
                ("name", fields.CharField(max_length=80)),
                ("model", fields.CharField(default="", max_length=80)),
                ("serial", fields.CharField(default="", max_length=80)),
                ("supplier", fields.CharField(default="", max_length=120)),
                ("profile", fields.CharField(default="", max_length=64)),
                ("slot", fields.CharField(null=True, max_length=32)),
                ("width_mm", fields.IntField(null=True)),
                ("height_mm", fields.IntField(null=True)),
                ("price_fen", fields.BigIntField(null=True)),
                ("bought_on", fields.DateField(null=True)),
                ("installed_on", fields.DateField(null=True)),
                ("warranty_until", fields.DateField(null=True)),
                ("state", fields.CharField(db_index=True, max_length=12)),
                ("note", fields.CharField(default="", max_length=300)),
                ("created_by", fields.CharField(max_length=80)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("scrapped_at", fields.DatetimeField(null=True, db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "equipment",
                "app": "yizhan",
                "unique_together": (("station", "slot"),),
                "pk_attr": "id",
                "table_description": "One piece of equipment of a station - `number` is its asset number and what its label's QR holds.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="EquipmentMove",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "equipment",
                    fields.ForeignKeyField(
                        "yizhan.Equipment",
                        source_field="equipment_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="moves",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("what", fields.CharField(max_length=12)),
                ("state", fields.CharField(max_length=12)),
                ("station", fields.CharField(max_length=32)),
                ("slot", fields.CharField(null=True, max_length=32)),
                ("other", fields.UUIDField(null=True)),
                ("note", fields.CharField(default="", max_length=300)),
                ("by", fields.CharField(max_length=80)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "equipment_move",
                "app": "yizhan",
                "pk_attr": "id",
                "table_description": "One line of a piece's history, never changed - `other` is the piece that it was swapped with.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RepairOrder",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("number", fields.CharField(unique=True, max_length=24)),
                ("open_key", fields.CharField(null=True, unique=True, max_length=80)),
                ("source", fields.CharField(max_length=8)),
                ("station", fields.CharField(db_index=True, max_length=32)),
                ("slot", fields.CharField(default="", max_length=32)),
                ("kind", fields.CharField(max_length=24)),
                ("equipment", fields.UUIDField(null=True, db_index=True)),
                ("fault", fields.CharField(default="", max_length=16)),
                ("text", fields.CharField(default="", max_length=300)),
                ("state", fields.CharField(db_index=True, max_length=8)),
                ("owner", fields.CharField(null=True, db_index=True, max_length=80)),
                ("opened_by", fields.CharField(max_length=80)),
                ("opened_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ("faulty_since", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("clock_from", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("accept_minutes", fields.IntField()),
                ("repair_minutes", fields.IntField()),
                ("accept_due_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("repair_due_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("taken_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("done_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("good_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("closed_at", fields.DatetimeField(null=True, db_index=True, auto_now=False, auto_now_add=False)),
                ("finding", fields.CharField(default="", max_length=500)),
                ("parts", fields.CharField(default="", max_length=300)),
                ("cost_fen", fields.BigIntField(default=0)),
                ("reason", fields.CharField(default="", max_length=300)),
                ("faults", fields.IntField(default=1)),
                ("reopened", fields.IntField(default=0)),
                ("told", fields.CharField(default="", max_length=8)),
            ],
            options={
                "table": "repair_order",
                "app": "yizhan",
                "indexes": [Index(fields=["station", "slot"])],
                "pk_attr": "id",
                "table_description": "A work order - opened by a slot that stayed faulty (`source` fault) or by a person (`source` report).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RepairStep",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "order",
                    fields.ForeignKeyField(
                        "yizhan.RepairOrder",
                        source_field="order_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="steps",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("act", fields.CharField(max_length=12)),
                ("by", fields.CharField(max_length=80)),
                ("to", fields.CharField(null=True, max_length=80)),
                ("note", fields.CharField(default="", max_length=500)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "repair_step",
                "app": "yizhan",
                "pk_attr": "id",
                "table_description": "One line of a work order's history, never changed.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Slot",
            name="fault",
            field=fields.CharField(null=True, max_length=16),
        ),
        ops.AddField(
            model_name="Slot",
            name="text",
            field=fields.CharField(null=True, max_length=300),
        ),
    ]
