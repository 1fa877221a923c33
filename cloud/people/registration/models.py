"""Tables of registration: profile, wishes, certificates, group flags, pictures, where registrations come from."""

from tortoise import fields

from cloud.people.models import Person
from cloud.platform.orm import Model


class Profile(Model):
    """What a jobseeker told beyond who he is, one row a person, lists are JSON, `ability` and `contact_phone` sealed.

    `contact_phone` is what the staff call him at: nobody proved it, so it opens no session. `born` is what he said
    himself while no ID number is known. `answered` names what he has nothing to say to. `registered_at` is null
    until the registration counts (completeness.py); `version` grows with each change. `source` is the code of a QR for
    registration, `scanned` is `qr:<kind>:<id>` of any other QR that led here.
    """

    id = fields.UUIDField(primary_key=True)
    person: fields.OneToOneRelation[Person] = fields.OneToOneField("yizhan.Person", related_name="profile")
    person_id: object
    born = fields.DateField(null=True)
    education = fields.CharField(max_length=4, default="")
    district = fields.CharField(max_length=12, default="", db_index=True)
    street = fields.CharField(max_length=12, default="")
    skills = fields.TextField(default="[]")
    forms = fields.TextField(default="[]")
    places = fields.TextField(default="[]")
    hours = fields.CharField(max_length=120, default="")
    pay_floor_fen = fields.BigIntField(null=True)
    pay_unit = fields.CharField(max_length=8, default="")
    trainings = fields.TextField(default="[]")
    ability: str | None = fields.TextField(null=True)
    contact_phone: str | None = fields.TextField(null=True)
    contact_blind = fields.CharField(max_length=64, null=True, db_index=True)
    answered = fields.TextField(default="[]")
    willing = fields.BooleanField(null=True)
    willing_at = fields.DatetimeField(null=True)
    completeness = fields.IntField(default=0, db_index=True)
    channel = fields.CharField(max_length=12, default="")
    station = fields.CharField(max_length=32, default="")
    source = fields.CharField(max_length=16, default="", db_index=True)
    scanned = fields.CharField(max_length=64, default="", db_default="")
    registered_at = fields.DatetimeField(null=True, db_index=True)
    registered_by = fields.CharField(max_length=80, default="")
    recommended_at = fields.DatetimeField(null=True)
    version = fields.IntField(default=1)
    updated_at = fields.DatetimeField()
    updated_by = fields.CharField(max_length=80)

    class Meta:
        """Its table."""

        table = "profile"


class JobWish(Model):
    """One wish of a profile in its person's own words, and the occupation that it is, when somebody or a coder said so.

    `coded_by` is `person`, `staff`, `coder` or empty.
    """

    id = fields.BigIntField(primary_key=True)
    profile: fields.ForeignKeyRelation[Profile] = fields.ForeignKeyField("yizhan.Profile", related_name="wishes")
    profile_id: object
    rank = fields.IntField()
    words = fields.CharField(max_length=60)
    occupation = fields.CharField(max_length=16, default="", db_index=True)
    coded_by = fields.CharField(max_length=8, default="")

    class Meta:
        """Its table."""

        table = "job_wish"


class PersonCertificate(Model):
    """A certificate that a jobseeker has - `number` is sealed, `valid_to` null: it does not end."""

    id = fields.UUIDField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("yizhan.Person", related_name="certificates")
    person_id: object
    name = fields.CharField(max_length=60)
    number: str | None = fields.TextField(null=True)
    issuer = fields.CharField(max_length=100, default="")
    issued_on = fields.DateField(null=True)
    valid_to = fields.DateField(null=True)
    added_by = fields.CharField(max_length=80)
    added_at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "person_certificate"


class PersonPicture(Model):
    """A picture of a paper, drawn anew - `body` is the sealed base64 of a JPEG, `sha256` that of the JPEG."""

    id = fields.UUIDField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("yizhan.Person", related_name="pictures")
    person_id: object
    body = fields.TextField()
    sha256 = fields.CharField(max_length=64)
    bytes = fields.IntField()
    added_by = fields.CharField(max_length=80)
    added_at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "person_picture"


class GroupFlag(Model):
    """Somebody belongs to a group of tables/groups.csv from `valid_from` to `valid_to`, both days among them.

    `reference` (the number on the proof) is sealed. Only what is confirmed counts; what ends early keeps its row.
    """

    id = fields.UUIDField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("yizhan.Person", related_name="flags")
    person_id: object
    key_group = fields.CharField(max_length=20, db_index=True)
    proof = fields.CharField(max_length=20, default="")
    reference: str | None = fields.TextField(null=True)
    picture = fields.UUIDField(null=True)
    valid_from = fields.DateField()
    valid_to = fields.DateField()
    channel = fields.CharField(max_length=12)
    claimed_by = fields.CharField(max_length=80)
    claimed_at = fields.DatetimeField()
    confirmed_by = fields.CharField(max_length=80, default="")
    confirmed_at = fields.DatetimeField(null=True)
    ended_on = fields.DateField(null=True)
    ended_by = fields.CharField(max_length=80, default="")
    ended_why = fields.CharField(max_length=200, default="")

    class Meta:
        """Its table."""

        table = "group_flag"


class RegistrationSource(Model):
    """A QR code that leads to registration: `id` is what it says, `label` where it hangs."""

    id = fields.CharField(max_length=16, primary_key=True)
    station = fields.CharField(max_length=32, default="")
    label = fields.CharField(max_length=60)
    made_by = fields.CharField(max_length=80)
    made_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        """Its table."""

        table = "registration_source"


class RegistrationScan(Model):
    """How often a QR code was scanned on a day of the market, nothing about who did."""

    id = fields.BigIntField(primary_key=True)
    code: fields.ForeignKeyRelation[RegistrationSource] = fields.ForeignKeyField(
        "yizhan.RegistrationSource", related_name="scans"
    )
    code_id: str
    day = fields.DateField()
    scans = fields.IntField(default=0)

    class Meta:
        """Its table."""

        table = "registration_scan"
        unique_together = (("code", "day"),)
