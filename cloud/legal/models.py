"""Tables of the legal surfaces: texts as they were shown, impact assessments, breach notices."""

from tortoise import fields

from cloud.platform.orm import Model


class ShownText(Model):
    """A text as people were shown it, kept for good - what a consent points to by name, version and hash."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=32)
    version = fields.CharField(max_length=8)
    sha256 = fields.CharField(max_length=64)
    title = fields.CharField(max_length=100)
    effective = fields.DateField()
    body = fields.TextField()
    first_shown_at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "shown_text"
        unique_together = (("name", "sha256"),)


class Assessment(Model):
    """One version of an impact assessment (PIPL 55-56), `document` is JSON and never changes, nor does `sha256` of it.

    `facts_sha256` is that of the configuration it was made from; `state`: waiting, signed or returned.
    """

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=16)
    number = fields.IntField()
    document = fields.TextField()
    sha256 = fields.CharField(max_length=64)
    facts_sha256 = fields.CharField(max_length=64)
    made_by = fields.CharField(max_length=80)
    made_at = fields.DatetimeField()
    state = fields.CharField(max_length=8, default="waiting")
    decided_by = fields.CharField(max_length=80, default="")
    decided_at = fields.DatetimeField(null=True)
    note = fields.TextField(default="")
    keep_until = fields.DateField()

    class Meta:
        """Its table."""

        table = "impact_assessment"
        unique_together = (("kind", "number"),)


class BreachNotice(Model):
    """The draft of a notice about leaked personal data (PIPL 57), `kinds` and `affected` are JSON.

    `text` is edited, `version` grows with each edit; `closed_at` is set when it went out or was not needed.
    """

    id = fields.UUIDField(primary_key=True)
    found_at = fields.DatetimeField()
    from_at = fields.DatetimeField()
    to_at = fields.DatetimeField()
    kinds = fields.TextField()
    affected = fields.TextField()
    cause = fields.TextField()
    harm = fields.TextField()
    measures = fields.TextField()
    text = fields.TextField()
    version = fields.IntField(default=1)
    made_by = fields.CharField(max_length=80)
    made_at = fields.DatetimeField()
    edited_by = fields.CharField(max_length=80, default="")
    edited_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)
    outcome = fields.TextField(default="")

    class Meta:
        """Its table."""

        table = "breach_notice"
