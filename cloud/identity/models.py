"""Tables of who may do what: staff accounts, sessions, tokens of programs, tries, approvals.

Secrets are hashed or sealed. `stations` and `permissions` are JSON lists; null is no limit.
"""

from tortoise import fields

from cloud.platform.orm import Model


class StaffAccount(Model):
    """A person of the staff - `totp_secret` is sealed, `totp_waiting` is one that no code has proved yet.

    `totp_step` is the newest half minute whose code was taken: none is taken twice. `failed` counts wrong passwords
    since the last login and `locked_until` says how long its name has to wait, for who looks at the account; what is
    enforced stands in Tries.
    """

    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=64, unique=True)
    password_hash = fields.CharField(max_length=200)
    role = fields.CharField(max_length=16)
    stations = fields.TextField(null=True)
    active = fields.BooleanField(default=True)
    failed = fields.IntField(default=0)
    locked_until = fields.DatetimeField(null=True)
    must_change = fields.BooleanField(default=False, db_default=False)
    password_at = fields.DatetimeField(null=True)
    totp_secret = fields.TextField(null=True)
    totp_waiting = fields.TextField(null=True)
    totp_step = fields.BigIntField(default=0, db_default=0)
    totp_at = fields.DatetimeField(null=True)
    last_login = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "staff_account"


class RecoveryCode(Model):
    """A code that replaces the second factor once - `code_hash` is keyed with the core's secret."""

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[StaffAccount] = fields.ForeignKeyField("yizhan.StaffAccount")
    code_hash = fields.CharField(max_length=64)
    used_at = fields.DatetimeField(null=True)

    class Meta:
        """Its table."""

        table = "recovery_code"
        unique_together = (("account", "code_hash"),)


class Tries(Model):
    """How often somebody failed to prove who he is - `key` is a kind and a hash: of a name, an address, an account."""

    key = fields.CharField(max_length=80, primary_key=True)
    failed = fields.IntField()
    locked_until = fields.DatetimeField(null=True)
    last_at = fields.DatetimeField(db_index=True)

    class Meta:
        """Its table."""

        table = "login_tries"


class StaffSession(Model):
    """One login in one browser - `id` is the SHA-256 of the cookie; `half` still waits for the second factor."""

    id = fields.CharField(max_length=64, primary_key=True)
    account: fields.ForeignKeyRelation[StaffAccount] = fields.ForeignKeyField("yizhan.StaffAccount")
    csrf = fields.CharField(max_length=64)
    half = fields.BooleanField(default=False, db_default=False)
    address = fields.CharField(max_length=45, default="", db_default="")
    agent = fields.CharField(max_length=200, default="", db_default="")
    created_at = fields.DatetimeField()
    last_used = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "staff_session"


class ApiToken(Model):
    """A program's token - `id` is the SHA-256 of the token, its beginning names the token."""

    id = fields.CharField(max_length=64, primary_key=True)
    name = fields.CharField(max_length=64, default="", db_default="")
    role = fields.CharField(max_length=16)
    permissions = fields.TextField(null=True)
    stations = fields.TextField(null=True)
    created_by = fields.CharField(max_length=80, default="", db_default="")
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    last_used = fields.DatetimeField(null=True)

    class Meta:
        """Its table."""

        table = "api_token"


class Approval(Model):
    """Something that two people do together - one asked, another one decides, `payload` is JSON of the kind."""

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=32)
    subject = fields.CharField(max_length=64)
    title = fields.CharField(max_length=120)
    payload = fields.TextField()
    reason = fields.CharField(max_length=500)
    state = fields.CharField(max_length=12)
    asked_by = fields.CharField(max_length=80)
    asked_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    decided_by = fields.CharField(max_length=80, default="")
    decided_at = fields.DatetimeField(null=True)
    note = fields.CharField(max_length=500, default="")

    class Meta:
        """Its table."""

        table = "approval"
        indexes = (("state", "asked_at"),)
