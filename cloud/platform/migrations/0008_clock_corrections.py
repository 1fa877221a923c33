from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0007_stores_janitor")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Boot",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("station", fields.CharField(max_length=32)),
                ("epoch", fields.BigIntField()),
                ("boot", fields.CharField(max_length=36)),
            ],
            options={
                "table": "boot",
                "app": "yizhan",
                "unique_together": (("station", "epoch"),),
                "pk_attr": "id",
                "table_description": "Which start of the agent had which epoch: `boot` names the span of its monotonic clock.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ClockCorrection",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("station", fields.CharField(max_length=32)),
                ("epoch", fields.BigIntField()),
                ("offset_ms", fields.BigIntField()),
                ("received_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "clock_correction",
                "app": "yizhan",
                "unique_together": (("station", "epoch"),),
                "pk_attr": "id",
                "table_description": "How far a station's clock was ahead of the true time in one of its starts, ms (W16a).",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="SignalInterval",
            name="epoch",
            field=fields.BigIntField(null=True),
        ),
    ]
