"""Tables of the key ring: the data keys, wrapped with a key that follows from the secret file, and a walk's way."""

from tortoise import fields

from cloud.platform.orm import Model


class DataKey(Model):
    """A key that seals fields or blinds look-ups - `wrapped` is empty once it was erased.

    `state` is announced, current, retiring or retired; that of the blind key stays current.
    """

    id = fields.IntField(primary_key=True)
    purpose = fields.CharField(max_length=8)
    state = fields.CharField(max_length=12)
    wrapped = fields.CharField(max_length=160)
    created_at = fields.DatetimeField()
    current_at = fields.DatetimeField(null=True)
    retired_at = fields.DatetimeField(null=True)

    class Meta:
        """Its table."""

        table = "data_key"


class KeyWalk(Model):
    """How far one column has come in being sealed with the key `key`: rows up to `position` are done."""

    name = fields.CharField(max_length=64, primary_key=True)
    key = fields.IntField()
    position = fields.CharField(max_length=64, default="")

    class Meta:
        """Its table."""

        table = "key_walk"
