"""Tables of who may do what: staff accounts, their sessions, tokens of programs. Secrets are kept as hashes only."""

from tortoise import fields
from tortoise.models import Model


class StaffAccount(Model):
    """A person of the staff - `failed` counts wrong passwords since the last right one."""

    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=64, unique=True)
    password_hash = fields.CharField(max_length=200)
    role = fields.CharField(max_length=16)
    active = fields.BooleanField(default=True)
    failed = fields.IntField(default=0)
    locked_until = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "staff_account"


class StaffSession(Model):
    """One login in one browser - `id` is the SHA-256 of the cookie."""

    id = fields.CharField(max_length=64, primary_key=True)
    account: fields.ForeignKeyRelation[StaffAccount] = fields.ForeignKeyField("yizhan.StaffAccount")
    csrf = fields.CharField(max_length=64)
    created_at = fields.DatetimeField()
    last_used = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "staff_session"


class ApiToken(Model):
    """A program's token - `id` is the SHA-256 of the token."""

    id = fields.CharField(max_length=64, primary_key=True)
    role = fields.CharField(max_length=16)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "api_token"
