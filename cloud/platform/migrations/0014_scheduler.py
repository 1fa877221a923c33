from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0013_staff")]

    initial = False

    operations = [
        ops.CreateModel(
            name="JobRow",
            fields=[
                ("name", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ("due_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("asked", fields.BooleanField(default=False)),
                ("started_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("duration_ms", fields.BigIntField(null=True)),
                ("result", fields.CharField(default="", max_length=8)),
                ("text", fields.CharField(default="", max_length=500)),
                ("runs", fields.BigIntField(default=0)),
                ("failures", fields.IntField(default=0)),
                ("missed", fields.BigIntField(default=0)),
            ],
            options={
                "table": "job",
                "app": "yizhan",
                "pk_attr": "name",
                "table_description": "What is known of one regular job - `result` is empty (never run), running, ok or failed.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PoisonEvent",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("consumer", fields.CharField(max_length=64)),
                ("event_id", fields.BigIntField()),
                ("topic", fields.CharField(max_length=64)),
                ("key", fields.CharField(max_length=64)),
                ("data", fields.TextField(unique=False)),
                ("happened_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("tries", fields.IntField()),
                ("error", fields.CharField(max_length=500)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("asked", fields.BooleanField(default=False)),
            ],
            options={
                "table": "poison_event",
                "app": "yizhan",
                "unique_together": (("consumer", "event_id"),),
                "pk_attr": "id",
                "table_description": "An event that a consumer could not take and went past, with what is needed to hand it over again.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ReaderTrouble",
            fields=[
                ("name", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ("event_id", fields.BigIntField()),
                ("tries", fields.IntField()),
                ("error", fields.CharField(max_length=500)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "domain_event_trouble",
                "app": "yizhan",
                "pk_attr": "name",
                "table_description": "A consumer stands before an event that it cannot take, deleted as soon as it goes on.",
            },
            bases=["Model"],
        ),
    ]
