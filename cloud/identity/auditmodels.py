"""Tables of the audit chain: one row per act, and the signed head that says how many there are."""

from tortoise import fields

from cloud.platform.orm import Model


class AuditRow(Model):
    """Who did what to which thing, with which result - `hash` covers the row and the hash of the one before."""

    number = fields.BigIntField(primary_key=True, generated=False)
    at = fields.DatetimeField(db_index=True)
    actor = fields.CharField(max_length=80, db_index=True)
    action = fields.CharField(max_length=64, db_index=True)
    subject = fields.CharField(max_length=160, db_index=True)
    result = fields.CharField(max_length=8)
    reason = fields.CharField(max_length=500)
    details = fields.TextField()
    request = fields.CharField(max_length=64)
    address = fields.CharField(max_length=64)
    hash = fields.CharField(max_length=64)

    class Meta:
        """Its table."""

        table = "audit_row"


class AuditHead(Model):
    """The newest row and the last one that was forgotten (`anchor_…`), under a MAC whose key is not in the database."""

    id = fields.IntField(primary_key=True, generated=False)
    number = fields.BigIntField()
    hash = fields.CharField(max_length=64)
    anchor_number = fields.BigIntField()
    anchor_hash = fields.CharField(max_length=64)
    mac = fields.CharField(max_length=64)

    class Meta:
        """Its table."""

        table = "audit_head"
