from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0008_clock_corrections")]

    initial = False

    operations = [
        ops.CreateModel(
            name="StoreStart",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("station", fields.CharField(max_length=32)),
                ("store", fields.CharField(max_length=36)),
                ("boot", fields.CharField(max_length=36)),
            ],
            options={
                "table": "store_start",
                "app": "yizhan",
                "unique_together": (("station", "store", "boot"),),
                "pk_attr": "id",
                "table_description": "A start of the agent that wrote into a store, the newest last (ADR 0008).",
            },
            bases=["Model"],
        ),
    ]
