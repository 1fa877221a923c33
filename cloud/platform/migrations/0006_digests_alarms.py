from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0005_twin_wishes")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Alarm",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("kind", fields.CharField(max_length=24)),
                ("station", fields.CharField(max_length=32)),
                ("subject", fields.CharField(default="", max_length=64)),
                ("detail", fields.TextField(default="{}", unique=False)),
                ("times", fields.IntField(default=1)),
                ("raised_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("last_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("open", fields.BooleanField(default=True, db_index=True)),
                ("closed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("closed_by", fields.CharField(null=True, max_length=80)),
            ],
            options={
                "table": "alarm",
                "app": "yizhan",
                "pk_attr": "id",
                "table_description": "Something that must not pass unseen, `detail` is JSON. One open row per (kind, station, subject).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="DigestCheck",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("station", fields.CharField(max_length=32)),
                ("store", fields.CharField(max_length=36)),
                ("day", fields.CharField(max_length=10)),
                ("stream", fields.CharField(max_length=16)),
                ("from_seq", fields.BigIntField(null=True)),
                ("upto", fields.BigIntField()),
                ("count", fields.BigIntField()),
                ("hash", fields.CharField(max_length=80)),
                ("own_count", fields.BigIntField(null=True)),
                ("own_hash", fields.CharField(null=True, max_length=80)),
                ("state", fields.CharField(max_length=12)),
                ("signature", fields.CharField(max_length=8)),
                ("due_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("checked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "digest_check",
                "app": "yizhan",
                "unique_together": (("station", "store", "day", "stream"),),
                "pk_attr": "id",
                "table_description": "What a station claims of a day of one stream, and what we found.",
            },
            bases=["Model"],
        ),
    ]
