from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0003_opening_hours")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Command",
            fields=[
                ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=36)),
                ("station", fields.CharField(max_length=32)),
                ("slot", fields.CharField(max_length=32)),
                ("name", fields.CharField(max_length=32)),
                ("args", fields.TextField(unique=False)),
                ("state", fields.CharField(db_index=True, max_length=16)),
                ("asked_by", fields.CharField(max_length=80)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("timeout_s", fields.FloatField()),
                ("step_timeout_s", fields.FloatField()),
                ("close_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("result", fields.TextField(null=True, unique=False)),
                ("reason", fields.TextField(null=True, unique=False)),
                ("late", fields.TextField(null=True, unique=False)),
                ("history", fields.TextField(default="[]", unique=False)),
                ("again_of", fields.CharField(null=True, max_length=36)),
                ("undecided", fields.BooleanField(default=False, db_index=True)),
                ("decision", fields.CharField(null=True, max_length=16)),
                ("decided_by", fields.CharField(null=True, max_length=80)),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "command",
                "app": "yizhan",
                "indexes": [Index(fields=["station", "id"])],
                "pk_attr": "id",
                "table_description": "One command and what became of it (W19-W23), `args`, `result`, `reason`, `late`, `history` are JSON.",
            },
            bases=["Model"],
        ),
    ]
