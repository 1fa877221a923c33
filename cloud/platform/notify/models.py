"""Tables of what people are told: each message once, and each way it went."""

from uuid import UUID

from tortoise import fields, indexes

from cloud.platform.orm import Model


class Notification(Model):
    """One message to one recipient - `content` is sealed JSON of title, text and values, null once forgotten."""

    id = fields.UUIDField(primary_key=True)
    recipient = fields.CharField(max_length=80)
    template = fields.CharField(max_length=64)
    purpose = fields.CharField(max_length=16)
    dedup_key = fields.CharField(max_length=128, unique=True)
    content: str | None = fields.TextField(null=True)
    phone: str | None = fields.TextField(
        null=True, description="Sealed - only for somebody who is no person of the market yet."
    )
    place = fields.CharField(max_length=80, default="", description="`station/slot` that calls it out.")
    inbox = fields.BooleanField()
    created_at = fields.DatetimeField()
    read_at = fields.DatetimeField(null=True)
    deleted_at = fields.DatetimeField(null=True)

    class Meta:
        """Its table."""

        table = "notification"
        indexes = (indexes.Index(fields=("recipient", "id")), indexes.Index(fields=("purpose", "created_at")))


class Delivery(Model):
    """One way that a message goes - its id is what the provider knows it by, `tries` tells one claim from the next."""

    id = fields.UUIDField(primary_key=True)
    notification: fields.ForeignKeyRelation[Notification] = fields.ForeignKeyField(
        "yizhan.Notification", related_name="deliveries", db_index=True
    )
    notification_id: UUID
    channel = fields.CharField(max_length=8)
    state = fields.CharField(max_length=10)
    tries = fields.IntField(default=0)
    next_at = fields.DatetimeField(null=True, description="When a worker looks at it next (null is never).")
    give_up_at = fields.DatetimeField()
    claimed_by = fields.CharField(max_length=120, default="")
    unclear = fields.BooleanField(default=False, description="An earlier try may have reached the provider.")
    cost_fen = fields.IntField(default=0)
    provider_id = fields.CharField(max_length=64, default="")
    error = fields.CharField(max_length=200, default="", description="`code: words` of the last thing that went wrong.")
    asked_by = fields.CharField(max_length=80, default="")
    again_of = fields.UUIDField(null=True, unique=True)
    created_at = fields.DatetimeField()
    sent_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        """Its table."""

        table = "notification_delivery"
        indexes = (indexes.Index(fields=("channel", "next_at")), indexes.Index(fields=("state", "id")))
