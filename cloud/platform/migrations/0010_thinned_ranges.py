from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0009_store_starts")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ThinnedRange",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("station", fields.CharField(max_length=32)),
                ("store", fields.CharField(max_length=36)),
                ("stream", fields.CharField(max_length=16)),
                ("from_seq", fields.BigIntField()),
                ("to_seq", fields.BigIntField()),
            ],
            options={
                "table": "thinned_range",
                "app": "yizhan",
                "unique_together": (("station", "store", "stream", "from_seq", "to_seq"),),
                "pk_attr": "id",
                "table_description": "A range that a station thinned before it knew that we had any of it, no digest of the station holds it (D19).",
            },
            bases=["Model"],
        ),
    ]
