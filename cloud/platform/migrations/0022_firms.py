from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0021_queue")]

    initial = False

    operations = [
        ops.CreateModel(
            name="FirmBan",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("firm", fields.UUIDField(db_index=True)),
                ("reason", fields.CharField(max_length=500)),
                ("from_day", fields.DateField()),
                ("to_day", fields.DateField(null=True)),
                ("by", fields.CharField(max_length=80)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("lifted_by", fields.CharField(default="", max_length=80)),
                ("lifted_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("lift_note", fields.CharField(default="", max_length=500)),
            ],
            options={
                "table": "firm_ban",
                "app": "yizhan",
                "pk_attr": "id",
                "table_description": "A firm on the blacklist from one day to another (null: until it is lifted).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="FirmCase",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("firm", fields.UUIDField(db_index=True)),
                ("number", fields.IntField()),
                ("state", fields.CharField(db_index=True, max_length=12)),
                ("industry", fields.CharField(default="", max_length=3)),
                ("size", fields.CharField(default="", max_length=8)),
                ("address", fields.CharField(default="", max_length=120)),
                ("operator_name", fields.TextField(null=True, unique=False)),
                ("operator_id", fields.TextField(null=True, unique=False)),
                ("reasons", fields.TextField(default="[]", unique=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("submitted_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("submitted_by", fields.CharField(default="", max_length=80)),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("decided_by", fields.CharField(default="", max_length=80)),
                ("check_due", fields.DateField(null=True, db_index=True)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "firm_case",
                "app": "yizhan",
                "unique_together": (("firm", "number"),),
                "pk_attr": "id",
                "table_description": "One round of a firm's verification (核验), `firm` is its id in the package jobs.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="FirmChange",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("firm", fields.UUIDField(db_index=True)),
                ("act", fields.CharField(max_length=24)),
                ("by", fields.CharField(max_length=80)),
                ("note", fields.CharField(default="", max_length=500)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "firm_change",
                "app": "yizhan",
                "pk_attr": "id",
                "table_description": "One line of a firm's history.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="FirmPaper",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "case",
                    fields.ForeignKeyField(
                        "yizhan.FirmCase",
                        source_field="case_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="papers",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("kind", fields.CharField(max_length=16)),
                ("picture", fields.TextField(null=True, unique=False)),
                ("sha256", fields.CharField(default="", max_length=64)),
                ("size_bytes", fields.IntField(default=0)),
                ("by", fields.CharField(max_length=80)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "firm_paper",
                "app": "yizhan",
                "unique_together": (("case", "kind"),),
                "pk_attr": "id",
                "table_description": "One of the papers of a round: a sealed picture, or the note that the original was seen at the counter.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PostImport",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("state", fields.CharField(db_index=True, max_length=12)),
                ("name", fields.CharField(max_length=120)),
                ("file", fields.TextField(unique=False)),
                ("sha256", fields.CharField(max_length=64)),
                ("mode", fields.CharField(default="", max_length=4)),
                ("publish", fields.BooleanField(default=True)),
                ("total", fields.IntField(default=0)),
                ("done", fields.IntField(default=0)),
                ("good", fields.IntField(default=0)),
                ("bad", fields.IntField(default=0)),
                ("known", fields.IntField(default=0)),
                ("imported", fields.IntField(default=0)),
                ("problem", fields.CharField(default="", max_length=300)),
                ("by", fields.CharField(max_length=80)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "post_import",
                "app": "yizhan",
                "pk_attr": "id",
                "table_description": "A spreadsheet of posts on its way in. `file` is sealed, `done` of `total` rows are looked at.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PostImportRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "job",
                    fields.ForeignKeyField(
                        "yizhan.PostImport",
                        source_field="job_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="rows",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("row", fields.IntField()),
                ("state", fields.CharField(max_length=8)),
                ("errors", fields.TextField(default="[]", unique=False)),
                ("post", fields.UUIDField(null=True)),
            ],
            options={
                "table": "post_import_row",
                "app": "yizhan",
                "unique_together": (("job", "row"),),
                "pk_attr": "id",
                "table_description": "What became of one row of a spreadsheet, `errors` is JSON: {column, code, text} each.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ScanCount",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("day", fields.DateField()),
                ("kind", fields.CharField(max_length=8)),
                ("place", fields.CharField(max_length=40)),
                ("post", fields.UUIDField(null=True, db_index=True)),
                ("count", fields.IntField(default=0)),
            ],
            options={
                "table": "scan_count",
                "app": "yizhan",
                "unique_together": (("day", "kind", "place", "post"),),
                "pk_attr": "id",
                "table_description": "How often a QR of one source was opened on one day of the market, no word of who did it.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Firm",
            name="check_due",
            field=fields.DateField(null=True),
        ),
        ops.AddField(
            model_name="Firm",
            name="standing",
            field=fields.CharField(default="draft", db_default="draft", max_length=12),
        ),
        ops.AddField(
            model_name="Post",
            name="asked_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Post",
            name="confirmed_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Post",
            name="filled",
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="Post",
            name="import_key",
            field=fields.CharField(null=True, db_index=True, max_length=64),
        ),
        ops.AddField(
            model_name="Post",
            name="repost",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="Post",
            name="source_url",
            field=fields.CharField(null=True, max_length=300),
        ),
        ops.AddField(
            model_name="Post",
            name="term_days",
            field=fields.IntField(null=True),
        ),
    ]
