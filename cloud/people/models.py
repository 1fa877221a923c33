"""Tables of persons: who he is (sealed), what he consented to, how his name was checked, who was erased."""

from tortoise import fields

from cloud.platform.orm import Model


class Person(Model):
    """A jobseeker - name, ID number, phone, address are sealed, the `_blind` columns find them. One ID, one row.

    `proof` says how the ID number came here: `none`, `counter`, `card` (a reader), `real-name` (a checking service).
    """

    id = fields.UUIDField(primary_key=True)
    name = fields.TextField(null=True)
    name_blind = fields.CharField(max_length=64, null=True, db_index=True)
    id_number = fields.TextField(null=True)
    id_blind = fields.CharField(max_length=64, null=True, unique=True)
    phone = fields.TextField(null=True)
    phone_blind = fields.CharField(max_length=64, null=True, unique=True)
    address = fields.TextField(null=True)
    sex = fields.CharField(max_length=6, null=True)
    birth = fields.DateField(null=True)
    proof = fields.CharField(max_length=10, default="none")
    proved_at = fields.DatetimeField(null=True)
    channel = fields.CharField(max_length=12)
    station = fields.CharField(max_length=32, default="")
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "person"


class Consent(Model):
    """A yes to one text - `text_sha256` is the hash of what was shown, a withdrawal ends the row, it never goes."""

    id = fields.BigIntField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "yizhan.Person", related_name="consents", db_index=True
    )
    person_id: object
    purpose = fields.CharField(max_length=16)
    version = fields.CharField(max_length=16)
    text_sha256 = fields.CharField(max_length=64)
    channel = fields.CharField(max_length=12)
    at = fields.DatetimeField()
    withdrawn_at = fields.DatetimeField(null=True)

    class Meta:
        """Its table."""

        table = "consent"


class RealNameCheck(Model):
    """One question to a service that knows names - `reference` is its own number of the answer."""

    id = fields.BigIntField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "yizhan.Person", related_name="checks", db_index=True
    )
    person_id: object
    provider = fields.CharField(max_length=32)
    result = fields.CharField(max_length=12)
    reference = fields.CharField(max_length=64, default="")
    at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "real_name_check"


class Erasure(Model):
    """Somebody was erased - `subject` is the id that he had, `removed` (JSON) how many rows of which table went."""

    id = fields.UUIDField(primary_key=True)
    subject = fields.UUIDField(unique=True)
    channel = fields.CharField(max_length=12)
    assurance = fields.CharField(max_length=12)
    removed = fields.TextField()
    at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "erasure"


class ErasureReceipt(Model):
    """What a follower of an erasure answered - `at` is null while it has not."""

    id = fields.BigIntField(primary_key=True)
    erasure: fields.ForeignKeyRelation[Erasure] = fields.ForeignKeyField("yizhan.Erasure", related_name="receipts")
    erasure_id: object
    follower = fields.CharField(max_length=48)
    at = fields.DatetimeField(null=True)
    note = fields.CharField(max_length=120, default="")

    class Meta:
        """Its table."""

        table = "erasure_receipt"
        unique_together = (("erasure", "follower"),)
