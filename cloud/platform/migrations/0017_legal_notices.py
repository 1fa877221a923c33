from uuid import uuid4

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0016_notify")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Assessment",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("kind", fields.CharField(max_length=16)),
                ("number", fields.IntField()),
                ("document", fields.TextField(unique=False)),
                ("sha256", fields.CharField(max_length=64)),
                ("facts_sha256", fields.CharField(max_length=64)),
                ("made_by", fields.CharField(max_length=80)),
                ("made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("state", fields.CharField(default="waiting", max_length=8)),
                ("decided_by", fields.CharField(default="", max_length=80)),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("note", fields.TextField(default="", unique=False)),
                ("keep_until", fields.DateField()),
            ],
            options={
                "table": "impact_assessment",
                "app": "yizhan",
                "unique_together": (("kind", "number"),),
                "pk_attr": "id",
                "table_description": "One version of an impact assessment (PIPL 55-56), `document` is JSON and never changes, nor does `sha256` of it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="BreachNotice",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("found_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("from_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("to_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("kinds", fields.TextField(unique=False)),
                ("affected", fields.TextField(unique=False)),
                ("cause", fields.TextField(unique=False)),
                ("harm", fields.TextField(unique=False)),
                ("measures", fields.TextField(unique=False)),
                ("text", fields.TextField(unique=False)),
                ("version", fields.IntField(default=1)),
                ("made_by", fields.CharField(max_length=80)),
                ("made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("edited_by", fields.CharField(default="", max_length=80)),
                ("edited_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("closed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("outcome", fields.TextField(default="", unique=False)),
            ],
            options={
                "table": "breach_notice",
                "app": "yizhan",
                "pk_attr": "id",
                "table_description": "The draft of a notice about leaked personal data (PIPL 57), `kinds` and `affected` are JSON.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ReadMark",
            fields=[
                ("account", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=80)),
                ("read_to", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "read_mark",
                "app": "yizhan",
                "pk_attr": "account",
                "table_description": "Up to when an account has read its notices.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ShownText",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("name", fields.CharField(max_length=32)),
                ("version", fields.CharField(max_length=8)),
                ("sha256", fields.CharField(max_length=64)),
                ("title", fields.CharField(max_length=100)),
                ("effective", fields.DateField()),
                ("body", fields.TextField(unique=False)),
                ("first_shown_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "shown_text",
                "app": "yizhan",
                "unique_together": (("name", "sha256"),),
                "pk_attr": "id",
                "table_description": "A text as people were shown it, kept for good - what a consent points to by name, version and hash.",
            },
            bases=["Model"],
        ),
    ]
