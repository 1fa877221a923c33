"""Tables of placements: who found which work, what proves it, what became of it."""

from tortoise import fields

from cloud.people.models import Person
from cloud.platform.orm import Model


class Placement(Model):
    """Somebody began a work on a day, `post` or `employer` (words) says where. States are those of states.py.

    Whether he belonged to a key group that day is not kept here: it follows from his flags (groups.py).
    """

    id = fields.UUIDField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("yizhan.Person", related_name="placements")
    person_id: object
    post = fields.UUIDField(null=True)
    firm = fields.UUIDField(null=True)
    employer = fields.CharField(max_length=100)
    title = fields.CharField(max_length=60, default="")
    occupation = fields.CharField(max_length=16, default="")
    form = fields.CharField(max_length=16)
    started_on = fields.DateField(db_index=True)
    state = fields.CharField(max_length=10, db_index=True)
    station = fields.CharField(max_length=32, default="")
    claimed_by = fields.CharField(max_length=80)
    claimed_at = fields.DatetimeField()
    changed_at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "placement"


class PlacementProof(Model):
    """One proof of a placement, `source` says who vouches for it: operator, employer, platform, province.

    `reference` (a number) and `answer` (what was said on the telephone) are sealed. `whom` was asked at `asked_at`.
    """

    id = fields.UUIDField(primary_key=True)
    placement: fields.ForeignKeyRelation[Placement] = fields.ForeignKeyField("yizhan.Placement", related_name="proofs")
    placement_id: object
    kind = fields.CharField(max_length=12)
    source = fields.CharField(max_length=10)
    reference: str | None = fields.TextField(null=True)
    picture = fields.UUIDField(null=True)
    whom = fields.CharField(max_length=10, default="")
    answer: str | None = fields.TextField(null=True)
    asked_at = fields.DatetimeField(null=True)
    by = fields.CharField(max_length=80)
    at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "placement_proof"


class PlacementStep(Model):
    """One line of a placement's history, `note` is sealed."""

    id = fields.UUIDField(primary_key=True)
    placement: fields.ForeignKeyRelation[Placement] = fields.ForeignKeyField("yizhan.Placement", related_name="steps")
    placement_id: object
    state = fields.CharField(max_length=10)
    note: str | None = fields.TextField(null=True)
    by = fields.CharField(max_length=80)
    at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "placement_step"


class PlacementFollowUp(Model):
    """The question whether a job lasted: made by the scheduler, due on a day, one a placement, `answer` is sealed.

    `state`: `open`, `lasted`, `ended`, `unreached` (asked, nobody answered: it stays in the queue).
    """

    id = fields.UUIDField(primary_key=True)
    placement: fields.OneToOneRelation[Placement] = fields.OneToOneField("yizhan.Placement", related_name="follow_up")
    placement_id: object
    due_on = fields.DateField(db_index=True)
    state = fields.CharField(max_length=10, default="open", db_index=True)
    tries = fields.IntField(default=0)
    answer: str | None = fields.TextField(null=True)
    by = fields.CharField(max_length=80, default="")
    at = fields.DatetimeField(null=True)

    class Meta:
        """Its table."""

        table = "placement_follow_up"
