from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0006_digests_alarms")]

    initial = False

    operations = [
        ops.CreateModel(
            name="PastStore",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("station", fields.CharField(max_length=32)),
                ("store", fields.CharField(max_length=36)),
                ("told", fields.TextField(unique=False)),
                ("closed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "past_store",
                "app": "yizhan",
                "unique_together": (("station", "store"),),
                "pk_attr": "id",
                "table_description": "A store that the station no longer uses (W4), `told` is JSON: the last seq of each stream in its last birth.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RemovedStation",
            fields=[
                ("station", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ("slots", fields.TextField(unique=False)),
                ("removed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "removed_station",
                "app": "yizhan",
                "pk_attr": "station",
                "table_description": "A station that a site file no longer names, `slots` is JSON: its retained documents are to be cleared.",
            },
            bases=["Model"],
        ),
    ]
