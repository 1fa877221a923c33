from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0002_event_rows")]

    initial = False

    operations = [
        ops.CreateModel(
            name="OpeningDue",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("station", fields.CharField(max_length=32)),
                ("day", fields.DateField()),
                ("since", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "opening_due",
                "app": "yizhan",
                "unique_together": (("station", "day"),),
                "pk_attr": "id",
                "table_description": "A day whose facts changed since it was last judged.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="OpeningVerdict",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("station", fields.CharField(max_length=32)),
                ("day", fields.DateField()),
                ("rule_version", fields.CharField(max_length=8)),
                ("input_sha256", fields.CharField(max_length=64)),
                ("computed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("result", fields.TextField(unique=False)),
                ("input", fields.TextField(unique=False)),
            ],
            options={
                "table": "opening_verdict",
                "app": "yizhan",
                "unique_together": (("station", "day", "rule_version", "input_sha256"),),
                "pk_attr": "id",
                "table_description": "The verdict of a day that is over, `result` and `input` are JSON. New facts add a row, none is changed.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SignalInterval",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("station", fields.CharField(max_length=32)),
                ("slot", fields.CharField(max_length=32)),
                ("signal", fields.CharField(max_length=16)),
                ("value", fields.CharField(max_length=16)),
                ("start_ms", fields.BigIntField()),
                ("end_ms", fields.BigIntField()),
                ("samples", fields.BigIntField()),
                ("clock", fields.CharField(max_length=16)),
                ("received_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "signal_interval",
                "app": "yizhan",
                "unique_together": (("station", "slot", "signal", "value", "start_ms", "clock"),),
                "indexes": [Index(fields=["station", "end_ms"])],
                "pk_attr": "id",
                "table_description": "What a slot showed from `start_ms` until before `end_ms` (Unix, UTC), one row that grows while it lasts.",
            },
            bases=["Model"],
        ),
    ]
