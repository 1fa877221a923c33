from uuid import uuid4

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0018_answer_heads")]

    initial = False

    operations = [
        ops.CreateModel(
            name="LedgerExport",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("ledger", fields.CharField(max_length=32)),
                ("first_day", fields.DateField()),
                ("last_day", fields.DateField()),
                ("form", fields.CharField(max_length=4)),
                ("rows", fields.IntField()),
                ("shown", fields.IntField()),
                ("opened", fields.BooleanField(default=False)),
                ("reason", fields.CharField(default="", max_length=200)),
                ("content_sha256", fields.CharField(max_length=64)),
                ("file_sha256", fields.CharField(db_index=True, max_length=64)),
                ("bytes", fields.BigIntField()),
                ("made_by", fields.CharField(max_length=80)),
                ("made_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "ledger_export",
                "app": "yizhan",
                "pk_attr": "id",
                "table_description": "One export - `content_sha256` is that of its rows as shown, `file_sha256` that of the file, which is not kept.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Publication",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("kind", fields.CharField(max_length=8)),
                ("period", fields.CharField(max_length=7)),
                ("number", fields.IntField()),
                ("state", fields.CharField(max_length=10)),
                ("document", fields.TextField(unique=False)),
                ("sha256", fields.CharField(max_length=64)),
                ("inputs_sha256", fields.CharField(max_length=64)),
                ("changes", fields.TextField(default="[]", unique=False)),
                ("why", fields.CharField(default="", max_length=500)),
                ("made_by", fields.CharField(max_length=80)),
                ("made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("published_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "publication",
                "app": "yizhan",
                "unique_together": (("kind", "period", "number"),),
                "pk_attr": "id",
                "table_description": "One version of a published sheet - `document` is JSON that never changes, nor does `sha256` of it.",
            },
            bases=["Model"],
        ),
    ]
