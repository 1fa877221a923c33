"""Tables of guidance: notes, guidance that leads somewhere, trainings and start-up help with who asked for them."""

from tortoise import fields

from cloud.people.models import Person
from cloud.platform.orm import Model


class GuidanceNote(Model):
    """One talk of one-to-one guidance, `content` and `next_step` are sealed."""

    id = fields.UUIDField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("yizhan.Person", related_name="guidance")
    person_id: object
    topic = fields.CharField(max_length=16)
    way = fields.CharField(max_length=12)
    content = fields.TextField()
    next_step: str | None = fields.TextField(null=True)
    next_on = fields.DateField(null=True)
    station = fields.CharField(max_length=32, default="")
    by = fields.CharField(max_length=80)
    at = fields.DatetimeField(db_index=True)

    class Meta:
        """Its table."""

        table = "guidance_note"


class ServiceCase(Model):
    """Something done for somebody step by step - `kind` and `state` are of steps.py, `about` is a row of a catalogue.

    Kinds: `employment` (employment registration), `pension`, `injury`, `training` (an intention), `startup` (an
    appointment). `wish` says in words what is wanted where no row of a catalogue is; `outcome` is what came of it.
    """

    id = fields.UUIDField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("yizhan.Person", related_name="cases")
    person_id: object
    kind = fields.CharField(max_length=12, db_index=True)
    state = fields.CharField(max_length=12, db_index=True)
    about = fields.UUIDField(null=True)
    wish = fields.CharField(max_length=60, default="")
    wanted_on = fields.DateField(null=True)
    outcome = fields.CharField(max_length=16, default="")
    channel = fields.CharField(max_length=12)
    station = fields.CharField(max_length=32, default="")
    opened_by = fields.CharField(max_length=80)
    opened_at = fields.DatetimeField(db_index=True)
    changed_at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "service_case"


class ServiceCaseStep(Model):
    """One line of a case's history, `note` is sealed."""

    id = fields.UUIDField(primary_key=True)
    case: fields.ForeignKeyRelation[ServiceCase] = fields.ForeignKeyField("yizhan.ServiceCase", related_name="steps")
    case_id: object
    state = fields.CharField(max_length=12)
    note: str | None = fields.TextField(null=True)
    by = fields.CharField(max_length=80)
    at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "service_case_step"


class TrainingInstitution(Model):
    """An institution that trains, its contact is published with its projects."""

    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=100)
    address = fields.CharField(max_length=120, default="")
    contact = fields.CharField(max_length=60, default="")
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)
    changed_by = fields.CharField(max_length=80)
    changed_at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "training_institution"


class ServiceOffer(Model):
    """A row of a catalogue: a training project, or start-up help, shown from `valid_from` to `valid_to`.

    `kind`: `training`, or of start-up help `course`, `project`, `opening`, `loan`.
    """

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=12, db_index=True)
    title = fields.CharField(max_length=60)
    text = fields.TextField(default="")
    occupation = fields.CharField(max_length=16, default="")
    institution: fields.ForeignKeyNullableRelation[TrainingInstitution] = fields.ForeignKeyField(
        "yizhan.TrainingInstitution", related_name="offers", null=True
    )
    institution_id: object
    place = fields.CharField(max_length=120, default="")
    hours = fields.CharField(max_length=120, default="")
    fee_fen = fields.BigIntField(null=True)
    subsidy = fields.CharField(max_length=200, default="")
    seats = fields.IntField(null=True)
    valid_from = fields.DateField()
    valid_to = fields.DateField()
    made_by = fields.CharField(max_length=80)
    made_at = fields.DatetimeField()
    changed_at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "service_offer"


class ServiceEnquiry(Model):
    """A question about trainings or start-up help that was answered, both sealed, `person` is null for a caller."""

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=12)
    offer = fields.UUIDField(null=True)
    person = fields.UUIDField(null=True, db_index=True)
    question = fields.TextField()
    answer = fields.TextField()
    channel = fields.CharField(max_length=12)
    station = fields.CharField(max_length=32, default="")
    by = fields.CharField(max_length=80)
    at = fields.DatetimeField(db_index=True)

    class Meta:
        """Its table."""

        table = "service_enquiry"
