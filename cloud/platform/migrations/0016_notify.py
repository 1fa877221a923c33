from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0015_public_identities")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Notification",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("recipient", fields.CharField(max_length=80)),
                ("template", fields.CharField(max_length=64)),
                ("purpose", fields.CharField(max_length=16)),
                ("dedup_key", fields.CharField(unique=True, max_length=128)),
                ("content", fields.TextField(null=True, unique=False)),
                (
                    "phone",
                    fields.TextField(
                        null=True,
                        description="Sealed - only for somebody who is no person of the market yet.",
                        unique=False,
                    ),
                ),
                ("place", fields.CharField(default="", description="`station/slot` that calls it out.", max_length=80)),
                ("inbox", fields.BooleanField()),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("read_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("deleted_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "notification",
                "app": "yizhan",
                "indexes": [Index(fields=["recipient", "id"]), Index(fields=["purpose", "created_at"])],
                "pk_attr": "id",
                "table_description": "One message to one recipient - `content` is sealed JSON of title, text and values, null once forgotten.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Delivery",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "notification",
                    fields.ForeignKeyField(
                        "yizhan.Notification",
                        source_field="notification_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="deliveries",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("channel", fields.CharField(max_length=8)),
                ("state", fields.CharField(max_length=10)),
                ("tries", fields.IntField(default=0)),
                (
                    "next_at",
                    fields.DatetimeField(
                        null=True,
                        description="When a worker looks at it next (null is never).",
                        auto_now=False,
                        auto_now_add=False,
                    ),
                ),
                ("give_up_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("claimed_by", fields.CharField(default="", max_length=120)),
                (
                    "unclear",
                    fields.BooleanField(default=False, description="An earlier try may have reached the provider."),
                ),
                ("cost_fen", fields.IntField(default=0)),
                ("provider_id", fields.CharField(default="", max_length=64)),
                (
                    "error",
                    fields.CharField(
                        default="", description="`code: words` of the last thing that went wrong.", max_length=200
                    ),
                ),
                ("asked_by", fields.CharField(default="", max_length=80)),
                ("again_of", fields.UUIDField(null=True, unique=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("sent_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "notification_delivery",
                "app": "yizhan",
                "indexes": [Index(fields=["channel", "next_at"]), Index(fields=["state", "id"])],
                "pk_attr": "id",
                "table_description": "One way that a message goes - its id is what the provider knows it by, `tries` tells one claim from the next.",
            },
            bases=["Model"],
        ),
    ]
