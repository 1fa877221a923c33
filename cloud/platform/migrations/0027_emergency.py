from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0026_scanned_before_registering")]

    initial = False

    operations = [
        ops.CreateModel(
            name="EmergencyBoard",
            fields=[
                ("station", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ("rev", fields.BigIntField(default=0)),
                ("digest", fields.CharField(default="", max_length=64)),
                ("issued_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("envelope", fields.TextField(default="", unique=False)),
            ],
            options={
                "table": "emergency_board",
                "app": "yizhan",
                "pk_attr": "station",
                "table_description": "The newest signed manifest of a station. `digest` is that of what it says.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="EmergencyNotice",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("kind", fields.CharField(max_length=16)),
                ("title", fields.CharField(max_length=20)),
                ("text", fields.CharField(max_length=120)),
                ("drill", fields.BooleanField()),
                ("sound", fields.BooleanField(default=False)),
                ("origin", fields.CharField(max_length=32)),
                ("by", fields.CharField(max_length=80)),
                ("raised_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ends_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, db_index=True, auto_now=False, auto_now_add=False)),
                ("end_reason", fields.CharField(default="", max_length=12)),
                ("ended_by", fields.CharField(default="", max_length=80)),
            ],
            options={
                "table": "emergency_notice",
                "app": "yizhan",
                "pk_attr": "id",
                "table_description": "One notice. `origin` is `cloud`, or the station whose people raised it. It ends for all at `ended_at`.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="EmergencyPlace",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "notice",
                    fields.ForeignKeyField(
                        "yizhan.EmergencyNotice",
                        source_field="notice_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="places",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("station", fields.CharField(db_index=True, max_length=32)),
                ("taken_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("end_reason", fields.CharField(default="", max_length=12)),
                ("ended_by", fields.CharField(default="", max_length=80)),
            ],
            options={
                "table": "emergency_place",
                "app": "yizhan",
                "unique_together": (("notice", "station"),),
                "pk_attr": "id",
                "table_description": "One station that a notice is for: when its agent said that it has it, and when and why it was over there.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="EmergencyScreen",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "place",
                    fields.ForeignKeyField(
                        "yizhan.EmergencyPlace",
                        source_field="place_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="screens",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("slot", fields.CharField(max_length=32)),
                ("shown_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("heard_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("content", fields.CharField(default="", max_length=64)),
                ("via", fields.CharField(default="", max_length=8)),
                ("width", fields.IntField(default=0)),
                ("height", fields.IntField(default=0)),
                ("trouble", fields.CharField(default="", max_length=200)),
            ],
            options={
                "table": "emergency_screen",
                "app": "yizhan",
                "unique_together": (("place", "slot"),),
                "pk_attr": "id",
                "table_description": "One screen of a place: its own word that it shows the notice (`shown_at` its clock, `heard_at` ours).",
            },
            bases=["Model"],
        ),
    ]
