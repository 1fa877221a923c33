from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0009_store_starts")]

    initial = False

    operations = [
        ops.CreateModel(
            name="LeaseRow",
            fields=[
                ("name", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ("holder", fields.CharField(max_length=36)),
                ("process", fields.CharField(max_length=120)),
                ("beats", fields.BigIntField()),
                ("until", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "lease",
                "app": "yizhan",
                "pk_attr": "name",
                "table_description": "What only one process may do, `holder` is empty when nobody does, `beats` grows while its holder lives.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Relayed",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("text", fields.TextField(unique=False)),
            ],
            options={
                "table": "relayed",
                "app": "yizhan",
                "pk_attr": "id",
                "table_description": "What a process that stored something tells the leader, `text` is JSON (told.py), deleted when it is heard.",
            },
            bases=["Model"],
        ),
    ]
