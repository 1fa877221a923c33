from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0029_equipment")]

    initial = False

    operations = [
        ops.CreateModel(
            name="PowerChange",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("station", fields.CharField(max_length=32)),
                ("slot", fields.CharField(max_length=32)),
                ("event", fields.CharField(max_length=36)),
                ("at_ms", fields.BigIntField()),
                ("status", fields.CharField(max_length=16)),
                ("clock", fields.CharField(max_length=16)),
                ("epoch", fields.BigIntField(null=True)),
            ],
            options={
                "table": "power_change",
                "app": "yizhan",
                "unique_together": (("station", "event"),),
                "indexes": [Index(fields=["station", "at_ms"])],
                "pk_attr": "id",
                "table_description": "What a UPS said of the mains, the evidence of power cuts: `event` is the id of its event, `at_ms` its time.",
            },
            bases=["Model"],
        ),
    ]
