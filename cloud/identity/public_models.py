"""Tables of public identities: one-time codes, sessions, kiosks' tokens, linked users; secrets as hashes only."""

from tortoise import fields

from cloud.platform.orm import Model


class OneTimeCode(Model):
    """A code sent to a phone - `phone` is sealed, `source` is the blind index of the IP address or kiosk that asked."""

    id = fields.UUIDField(primary_key=True)
    purpose = fields.CharField(max_length=16)
    phone = fields.TextField()
    phone_blind = fields.CharField(max_length=64, db_index=True)
    source = fields.CharField(max_length=64, db_index=True)
    digest = fields.CharField(max_length=64)
    tries = fields.IntField(default=0)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        """Its table."""

        table = "one_time_code"


class PublicSession(Model):
    """A jobseeker's or a firm user's login - `id` is the SHA-256 of its secret, `subject` the person or firm member.

    The three times say when phone, card and face were last proved in it; `carded`: this person's ID number is known.
    """

    id = fields.CharField(max_length=64, primary_key=True)
    kind = fields.CharField(max_length=8)
    subject = fields.UUIDField(db_index=True)
    firm = fields.UUIDField(null=True)
    role = fields.CharField(max_length=12, default="")
    csrf = fields.CharField(max_length=64)
    phone_at = fields.DatetimeField(null=True)
    card_at = fields.DatetimeField(null=True)
    face_at = fields.DatetimeField(null=True)
    carded = fields.BooleanField(default=False)
    station = fields.CharField(max_length=32, default="")
    slot = fields.CharField(max_length=32, default="")
    created_at = fields.DatetimeField()
    last_used = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "public_session"


class KioskToken(Model):
    """The secret of one kiosk, bound to its slot - `id` is the SHA-256 of the token, a new one replaces the old one."""

    id = fields.CharField(max_length=64, primary_key=True)
    station = fields.CharField(max_length=32)
    slot = fields.CharField(max_length=32)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "kiosk_token"
        unique_together = (("station", "slot"),)


class LinkedIdentity(Model):
    """A user of another platform that a person linked - `name` is his id there, sealed."""

    id = fields.UUIDField(primary_key=True)
    provider = fields.CharField(max_length=16)
    name = fields.TextField()
    name_blind = fields.CharField(max_length=64, unique=True)
    person = fields.UUIDField(db_index=True)
    created_at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "linked_identity"
