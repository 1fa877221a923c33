"""Tables of policies, announcements and public items: wordings, files, where each was shown, what people asked."""

from tortoise import fields

from cloud.platform.orm import Model


class Policy(Model):
    """Something to be known by everybody - `kind` is policy, announcement or public_item, `item` which of the latter.

    `draft` (JSON) is what is being written. The columns `live_…` are those of the version in force, null or no before.
    """

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=16, db_index=True)
    item = fields.CharField(max_length=16, default="")
    title = fields.CharField(max_length=80)
    draft = fields.TextField()
    state = fields.CharField(max_length=12, db_index=True)
    live_version = fields.IntField(null=True)
    live_from = fields.DateField(null=True)
    live_to = fields.DateField(null=True)
    live_wall = fields.BooleanField(default=False)
    live_kiosk = fields.BooleanField(default=False)
    live_phone = fields.BooleanField(default=False)
    created_by = fields.CharField(max_length=80)
    created_at = fields.DatetimeField()
    published_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    end_note = fields.CharField(max_length=300, default="")

    class Meta:
        """Its table."""

        table = "policy"


class PolicyVersion(Model):
    """A wording that was published, and who answers for it - it is never changed. `sha256` is that of `content`."""

    id = fields.BigIntField(primary_key=True)
    policy: fields.ForeignKeyRelation[Policy] = fields.ForeignKeyField("yizhan.Policy", related_name="versions")
    policy_id: object
    version = fields.IntField()
    content = fields.TextField()
    sha256 = fields.CharField(max_length=64)
    by = fields.CharField(max_length=80)
    at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "policy_version"
        unique_together = (("policy", "version"),)


class PolicyFile(Model):
    """A file beside a policy: a PDF, or a picture that was drawn anew."""

    id = fields.UUIDField(primary_key=True)
    policy: fields.ForeignKeyRelation[Policy] = fields.ForeignKeyField(
        "yizhan.Policy", related_name="files", db_index=True
    )
    policy_id: object
    name = fields.CharField(max_length=120)
    media = fields.CharField(max_length=32)
    content = fields.BinaryField()
    sha256 = fields.CharField(max_length=64)
    by = fields.CharField(max_length=80)
    at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "policy_file"


class PolicyDisplay(Model):
    """A version on one wall: in its manifests from `from_rev` to `to_rev` (null: still), and the best proof of it.

    `level` is sent, then as the wall's proofs say: delivered, rendered, driven, seen; `reached_at` is since when.
    """

    id = fields.BigIntField(primary_key=True)
    policy = fields.UUIDField(db_index=True)
    version = fields.IntField()
    station = fields.CharField(max_length=32)
    slot = fields.CharField(max_length=32)
    from_rev = fields.BigIntField()
    to_rev = fields.BigIntField(null=True)
    sent_at = fields.DatetimeField()
    gone_at = fields.DatetimeField(null=True)
    level = fields.CharField(max_length=12)
    reached_at = fields.DatetimeField()
    proofs = fields.IntField(default=0)

    class Meta:
        """Its table."""

        table = "policy_display"
        indexes = (("station", "slot", "to_rev"),)


class PolicyEnquiry(Model):
    """What somebody asked about a policy and was told - no name: `place` is the counter, the phone, a fair."""

    id = fields.BigIntField(primary_key=True)
    policy = fields.UUIDField(null=True, db_index=True)
    topic = fields.CharField(max_length=80)
    place = fields.CharField(max_length=16)
    station = fields.CharField(max_length=32, default="")
    question = fields.CharField(max_length=500)
    answer = fields.CharField(max_length=500)
    by = fields.CharField(max_length=80)
    at = fields.DatetimeField(db_index=True)

    class Meta:
        """Its table."""

        table = "policy_enquiry"
