"""Tables of campaigns (专项行动), publicity and live shows (直播带岗)."""

from tortoise import fields

from cloud.platform.orm import Model


class Campaign(Model):
    """A campaign that the purchaser ordered - `basis` is the document it rests on, fairs and shows name it."""

    id = fields.UUIDField(primary_key=True)
    title = fields.CharField(max_length=80)
    basis = fields.CharField(max_length=200)
    starts_on = fields.DateField(db_index=True)
    ends_on = fields.DateField()
    about = fields.CharField(max_length=1000, default="")
    created_by = fields.CharField(max_length=80)
    created_at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "campaign"


class Publicity(Model):
    """One thing that made the market known - `reach` is people reached as `reach_source` says, null: nobody knows."""

    id = fields.UUIDField(primary_key=True)
    campaign = fields.UUIDField(null=True, db_index=True)
    title = fields.CharField(max_length=120)
    medium = fields.CharField(max_length=16)
    published_on = fields.DateField(db_index=True)
    link = fields.CharField(max_length=300, default="")
    reach = fields.IntField(null=True)
    reach_source = fields.CharField(max_length=120, default="")
    about = fields.CharField(max_length=500, default="")
    created_by = fields.CharField(max_length=80)
    created_at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "publicity"


class PublicityPicture(Model):
    """A picture of publicity, drawn anew (no metadata) - `sha256` is that of `jpeg`."""

    id = fields.UUIDField(primary_key=True)
    item: fields.ForeignKeyRelation[Publicity] = fields.ForeignKeyField(
        "yizhan.Publicity", related_name="pictures", db_index=True
    )
    item_id: object
    caption = fields.CharField(max_length=120, default="")
    jpeg = fields.BinaryField()
    sha256 = fields.CharField(max_length=64)
    at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "publicity_picture"


class LiveShow(Model):
    """A live show - `viewers` is the platform's number as `viewers_source` says, null until somebody enters it."""

    id = fields.UUIDField(primary_key=True)
    title = fields.CharField(max_length=80)
    host = fields.CharField(max_length=60)
    platform = fields.CharField(max_length=40)
    link = fields.CharField(max_length=300, default="")
    station = fields.CharField(max_length=32, default="")
    campaign = fields.UUIDField(null=True, db_index=True)
    starts_at = fields.DatetimeField(db_index=True)
    ends_at = fields.DatetimeField()
    state = fields.CharField(max_length=12, db_index=True)
    started_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    viewers = fields.IntField(null=True)
    viewers_source = fields.CharField(max_length=120, default="")
    result = fields.CharField(max_length=500, default="")
    reason = fields.CharField(max_length=300, default="")
    created_by = fields.CharField(max_length=80)
    created_at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "live_show"


class ShowPost(Model):
    """A post in a show - `minute` counts from its start."""

    id = fields.BigIntField(primary_key=True)
    show: fields.ForeignKeyRelation[LiveShow] = fields.ForeignKeyField("yizhan.LiveShow", related_name="posts")
    show_id: object
    post = fields.UUIDField(db_index=True)
    place = fields.IntField()
    minute = fields.IntField()

    class Meta:
        """Its table."""

        table = "live_show_post"
        unique_together = (("show", "post"),)


class ShowApplicant(Model):
    """A jobseeker who wants a post of a show and came by it - `person` is null after an erasure."""

    id = fields.BigIntField(primary_key=True)
    show: fields.ForeignKeyRelation[LiveShow] = fields.ForeignKeyField("yizhan.LiveShow", related_name="applicants")
    show_id: object
    post = fields.UUIDField()
    person = fields.UUIDField(null=True, db_index=True)
    source = fields.CharField(max_length=60)
    at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "live_show_applicant"
        unique_together = (("show", "post", "person"),)
