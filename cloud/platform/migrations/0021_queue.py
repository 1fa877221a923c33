from uuid import uuid4

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0020_fairs")]

    initial = False

    operations = [
        ops.CreateModel(
            name="QueueBook",
            fields=[
                ("station", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ("rev", fields.BigIntField(default=0)),
                ("hall", fields.BigIntField(default=0)),
                ("digest", fields.CharField(default="", max_length=64)),
                ("issued_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("manifest", fields.TextField(default="", unique=False)),
                ("envelope", fields.TextField(default="", unique=False)),
                ("pin_salt", fields.CharField(default="", max_length=64)),
                ("pin_hash", fields.CharField(default="", max_length=88)),
            ],
            options={
                "table": "queue_book",
                "app": "yizhan",
                "pk_attr": "station",
                "table_description": "One station's queue. Whoever calls locks its row. `rev`, `manifest` and `envelope` are its newest board.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="QueueCounter",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("station", fields.CharField(max_length=32)),
                ("number", fields.IntField()),
                ("name", fields.CharField(max_length=40)),
                ("skills", fields.TextField(default="[]", unique=False)),
                ("active", fields.BooleanField(default=True)),
                ("seat", fields.CharField(default="", max_length=80)),
                ("seated_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "queue_counter",
                "app": "yizhan",
                "unique_together": (("station", "number"),),
                "pk_attr": "id",
                "table_description": "One counter. `seat` is who of the staff sits there since `seated_at`, as histories name him.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="QueueMove",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("station", fields.CharField(max_length=32)),
                ("day", fields.DateField()),
                ("ticket", fields.UUIDField(db_index=True)),
                ("act", fields.CharField(max_length=8)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("counter", fields.IntField(null=True)),
                ("service", fields.CharField(default="", max_length=1)),
                ("to", fields.CharField(default="", max_length=1)),
                ("back_at", fields.IntField(default=0)),
                ("by", fields.CharField(max_length=80)),
                ("source", fields.CharField(max_length=8)),
                ("rev", fields.BigIntField(default=0)),
                ("n", fields.BigIntField(default=0)),
                ("taken", fields.BooleanField(default=True)),
            ],
            options={
                "table": "queue_move",
                "app": "yizhan",
                "indexes": [Index(fields=["station", "day", "act"])],
                "pk_attr": "id",
                "table_description": "One act on a number, by the console, the hall (`n` counts its moves) or the core.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="QueueService",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("station", fields.CharField(max_length=32)),
                ("letter", fields.CharField(max_length=1)),
                ("name", fields.CharField(max_length=40)),
                ("skills", fields.TextField(default="[]", unique=False)),
                ("opens", fields.CharField(default="09:00", max_length=5)),
                ("closes", fields.CharField(default="17:00", max_length=5)),
                ("serve_s", fields.IntField(default=300)),
                ("measured_s", fields.IntField(null=True)),
                ("open", fields.BooleanField(default=True)),
            ],
            options={
                "table": "queue_service",
                "app": "yizhan",
                "unique_together": (("station", "letter"),),
                "pk_attr": "id",
                "table_description": "One thing that people come for. Who serves it must have all its `skills` (JSON). Times are the market's.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="QueueTicket",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("station", fields.CharField(max_length=32)),
                ("day", fields.DateField()),
                ("letter", fields.CharField(max_length=1)),
                ("number", fields.IntField()),
                ("service", fields.CharField(max_length=1)),
                ("priority", fields.CharField(default="", max_length=24)),
                ("slot", fields.CharField(max_length=32)),
                ("issued_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("heard_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("state", fields.CharField(max_length=8)),
                ("counter", fields.IntField(null=True)),
                ("back_at", fields.IntField(default=0)),
                ("skips", fields.IntField(default=0)),
                ("called_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("last_called_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("served_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "queue_ticket",
                "app": "yizhan",
                "indexes": [Index(fields=["station", "day", "state"]), Index(fields=["day", "state"])],
                "pk_attr": "id",
                "table_description": "One number of one day. Its state is the fold of its moves (protocols/rules/queueing.py).",
            },
            bases=["Model"],
        ),
    ]
