"""Tables of employers' users."""

from tortoise import fields

from cloud.platform.orm import Model


class FirmMember(Model):
    """Somebody who acts for a firm - name and phone are sealed, `firm` is the firm's id in the package jobs."""

    id = fields.UUIDField(primary_key=True)
    firm = fields.UUIDField(db_index=True)
    role = fields.CharField(max_length=12)
    name = fields.TextField()
    phone = fields.TextField()
    phone_blind = fields.CharField(max_length=64, db_index=True)
    added_by = fields.CharField(max_length=80)
    created_at = fields.DatetimeField()
    last_login = fields.DatetimeField(null=True)

    class Meta:
        """Its table."""

        table = "firm_member"
        unique_together = (("firm", "phone_blind"),)


class FirmCase(Model):
    """One round of a firm's verification (核验), `firm` is its id in the package jobs.

    The operator's name and ID number are sealed. `reasons` is JSON: {code, text} each; `check_due` is the last day on
    which a verified round holds.
    """

    id = fields.UUIDField(primary_key=True)
    firm = fields.UUIDField(db_index=True)
    number = fields.IntField()
    state = fields.CharField(max_length=12, db_index=True)
    industry = fields.CharField(max_length=3, default="")
    size = fields.CharField(max_length=8, default="")
    address = fields.CharField(max_length=120, default="")
    operator_name = fields.TextField(null=True)
    operator_id = fields.TextField(null=True)
    reasons = fields.TextField(default="[]")
    created_at = fields.DatetimeField()
    submitted_at = fields.DatetimeField(null=True)
    submitted_by = fields.CharField(max_length=80, default="")
    decided_at = fields.DatetimeField(null=True)
    decided_by = fields.CharField(max_length=80, default="")
    check_due = fields.DateField(null=True, db_index=True)
    ended_at = fields.DatetimeField(null=True)
    papers: fields.ReverseRelation["FirmPaper"]

    class Meta:
        """Its table."""

        table = "firm_case"
        unique_together = (("firm", "number"),)


class FirmPaper(Model):
    """One of the papers of a round: a sealed picture, or the note that the original was seen at the counter."""

    id = fields.UUIDField(primary_key=True)
    case: fields.ForeignKeyRelation[FirmCase] = fields.ForeignKeyField("yizhan.FirmCase", related_name="papers")
    case_id: object
    kind = fields.CharField(max_length=16)
    picture = fields.TextField(null=True)
    sha256 = fields.CharField(max_length=64, default="")
    size_bytes = fields.IntField(default=0)
    by = fields.CharField(max_length=80)
    at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "firm_paper"
        unique_together = (("case", "kind"),)


class FirmBan(Model):
    """A firm on the blacklist from one day to another (null: until it is lifted)."""

    id = fields.UUIDField(primary_key=True)
    firm = fields.UUIDField(db_index=True)
    reason = fields.CharField(max_length=500)
    from_day = fields.DateField()
    to_day = fields.DateField(null=True)
    by = fields.CharField(max_length=80)
    at = fields.DatetimeField()
    lifted_by = fields.CharField(max_length=80, default="")
    lifted_at = fields.DatetimeField(null=True)
    lift_note = fields.CharField(max_length=500, default="")

    class Meta:
        """Its table."""

        table = "firm_ban"


class FirmChange(Model):
    """One line of a firm's history."""

    id = fields.BigIntField(primary_key=True)
    firm = fields.UUIDField(db_index=True)
    act = fields.CharField(max_length=24)
    by = fields.CharField(max_length=80)
    note = fields.CharField(max_length=500, default="")
    at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "firm_change"
