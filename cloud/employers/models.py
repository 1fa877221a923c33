"""Tables of employers' users."""

from tortoise import fields
from tortoise.models import Model


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
