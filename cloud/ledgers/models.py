"""Tables of ledgers: what was exported, with the hashes that a paper is checked by, and what was published."""

from tortoise import fields

from cloud.platform.orm import Model


class LedgerExport(Model):
    """One export - `content_sha256` is that of its rows as shown, `file_sha256` that of the file, which is not kept.

    `rows` is how many the period has, `shown` how many of them the file holds.
    """

    id = fields.UUIDField(primary_key=True)
    ledger = fields.CharField(max_length=32)
    first_day = fields.DateField()
    last_day = fields.DateField()
    form = fields.CharField(max_length=4)
    rows = fields.IntField()
    shown = fields.IntField()
    opened = fields.BooleanField(default=False)
    reason = fields.CharField(max_length=200, default="")
    content_sha256 = fields.CharField(max_length=64)
    file_sha256 = fields.CharField(max_length=64, db_index=True)
    bytes = fields.BigIntField()
    made_by = fields.CharField(max_length=80)
    made_at = fields.DatetimeField(db_index=True)

    class Meta:
        """Its table."""

        table = "ledger_export"


class Publication(Model):
    """One version of a published sheet - `document` is JSON that never changes, nor does `sha256` of it.

    `inputs_sha256` is that of the facts it was made from, `changes` (JSON) what differs from the version before,
    `why` the reason of a correction. `number` counts the versions of one period.
    """

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=8)
    period = fields.CharField(max_length=7)
    number = fields.IntField()
    state = fields.CharField(max_length=10)
    document = fields.TextField()
    sha256 = fields.CharField(max_length=64)
    inputs_sha256 = fields.CharField(max_length=64)
    changes = fields.TextField(default="[]")
    why = fields.CharField(max_length=500, default="")
    made_by = fields.CharField(max_length=80)
    made_at = fields.DatetimeField()
    published_at = fields.DatetimeField(null=True)

    class Meta:
        """Its table."""

        table = "publication"
        unique_together = (("kind", "period", "number"),)
