"""Tables of fairs: the plan, its papers, the firms' booths and posts, who came, what was warned of ahead."""

from tortoise import fields

from cloud.platform.orm import Model


class Fair(Model):
    """A fair on site (招聘会) - `code` is what its QR holds, `station` and `campaign` are ids of other tables.

    `posts`, `people_wanted` and `firms` are null until it closes: then what was counted is frozen in them.
    """

    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(max_length=24, unique=True)
    title = fields.CharField(max_length=80)
    station = fields.CharField(max_length=32, default="")
    venue = fields.CharField(max_length=120)
    starts_at = fields.DatetimeField(db_index=True)
    ends_at = fields.DatetimeField()
    expected_people = fields.IntField()
    booth_count = fields.IntField()
    campaign = fields.UUIDField(null=True, db_index=True)
    about = fields.CharField(max_length=500, default="")
    state = fields.CharField(max_length=12, db_index=True)
    announced_at = fields.DatetimeField(null=True)
    opened_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)
    posts = fields.IntField(null=True)
    people_wanted = fields.IntField(null=True)
    firms = fields.IntField(null=True)
    created_by = fields.CharField(max_length=80)
    created_at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "fair"


class FairChange(Model):
    """One line of a fair's history."""

    id = fields.BigIntField(primary_key=True)
    fair: fields.ForeignKeyRelation[Fair] = fields.ForeignKeyField("yizhan.Fair", related_name="changes", db_index=True)
    fair_id: object
    state = fields.CharField(max_length=12)
    by = fields.CharField(max_length=80)
    note = fields.CharField(max_length=500, default="")
    at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "fair_change"


class FairPaper(Model):
    """A paper that a person has put on file - `paper` is one of tables/papers.csv, `reference` its number or place."""

    id = fields.BigIntField(primary_key=True)
    fair: fields.ForeignKeyRelation[Fair] = fields.ForeignKeyField("yizhan.Fair", related_name="papers")
    fair_id: object
    paper = fields.CharField(max_length=16)
    reference = fields.CharField(max_length=200)
    by = fields.CharField(max_length=80)
    at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "fair_paper"
        unique_together = (("fair", "paper"),)


class FairBooth(Model):
    """A firm at a fair - asked for, given a number, arrived - `resumes`, `intentions`, `hires` are its results."""

    id = fields.UUIDField(primary_key=True)
    fair: fields.ForeignKeyRelation[Fair] = fields.ForeignKeyField("yizhan.Fair", related_name="booths")
    fair_id: object
    firm = fields.UUIDField(db_index=True)
    firm_name = fields.CharField(max_length=100)
    state = fields.CharField(max_length=12)
    number = fields.IntField(null=True)
    note = fields.CharField(max_length=300, default="")
    asked_by = fields.CharField(max_length=80)
    asked_at = fields.DatetimeField()
    decided_by = fields.CharField(max_length=80, default="")
    decided_at = fields.DatetimeField(null=True)
    arrived_at = fields.DatetimeField(null=True)
    resumes = fields.IntField(null=True)
    intentions = fields.IntField(null=True)
    hires = fields.IntField(null=True)
    results_by = fields.CharField(max_length=80, default="")

    class Meta:
        """Its table."""

        table = "fair_booth"
        unique_together = (("fair", "firm"), ("fair", "number"))


class BoothPost(Model):
    """A post that a firm brings - `post` is the id of one in the package jobs."""

    id = fields.BigIntField(primary_key=True)
    booth: fields.ForeignKeyRelation[FairBooth] = fields.ForeignKeyField("yizhan.FairBooth", related_name="posts")
    booth_id: object
    post = fields.UUIDField(db_index=True)

    class Meta:
        """Its table."""

        table = "fair_booth_post"
        unique_together = (("booth", "post"),)


class FairArrival(Model):
    """A jobseeker who came (once), or `people` who came without a name: `person` is null then, and after an erasure."""

    id = fields.BigIntField(primary_key=True)
    fair: fields.ForeignKeyRelation[Fair] = fields.ForeignKeyField("yizhan.Fair", related_name="arrivals")
    fair_id: object
    person = fields.UUIDField(null=True, db_index=True)
    people = fields.IntField(default=1)
    way = fields.CharField(max_length=12)
    by = fields.CharField(max_length=80)
    at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "fair_arrival"
        unique_together = (("fair", "person"),)


class FairWarning(Model):
    """That posts were missing so many days before a fair, written once for each of the days of the rule."""

    id = fields.BigIntField(primary_key=True)
    fair: fields.ForeignKeyRelation[Fair] = fields.ForeignKeyField("yizhan.Fair", related_name="warnings")
    fair_id: object
    day = fields.DateField()
    days_before = fields.IntField()
    posts = fields.IntField()
    missing = fields.IntField()
    at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "fair_warning"
        unique_together = (("fair", "day", "days_before"),)
