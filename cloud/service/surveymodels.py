"""Tables of satisfaction surveys: campaigns, whom they ask, raw answers that never change, and corrections."""

from tortoise import fields

from cloud.platform.orm import Model


class SurveyCampaign(Model):
    """A survey - `frame` names whom the sample is drawn from, `seed` and `frame_sha256` let it be drawn again.

    `code` is set for those that the system opens by itself, such as `after-2026-11`.
    """

    id = fields.UUIDField(primary_key=True)
    code = fields.CharField(max_length=32, null=True, unique=True)
    title = fields.CharField(max_length=60)
    way = fields.CharField(max_length=8)
    frame = fields.CharField(max_length=16)
    period_from = fields.DateField()
    period_to = fields.DateField()
    wanted = fields.IntField()
    seed = fields.CharField(max_length=64, default="")
    frame_size = fields.IntField(default=0)
    frame_sha256 = fields.CharField(max_length=64, default="")
    state = fields.CharField(max_length=8, db_index=True)
    made_by = fields.CharField(max_length=80)
    made_at = fields.DatetimeField()
    closed_at = fields.DatetimeField(null=True, db_index=True)

    class Meta:
        """Its table."""

        table = "survey_campaign"


class SurveySample(Model):
    """One respondent of a campaign - a person or a firm, asked once, null when the person was erased.

    `rank` is the place in the drawn order, null for who came by himself after a service.
    """

    id = fields.UUIDField(primary_key=True)
    campaign: fields.ForeignKeyRelation[SurveyCampaign] = fields.ForeignKeyField(
        "yizhan.SurveyCampaign", related_name="samples", db_index=True
    )
    campaign_id: object
    kind = fields.CharField(max_length=8)
    respondent = fields.UUIDField(null=True, db_index=True)
    rank = fields.IntField(null=True)
    state = fields.CharField(max_length=12)
    tries = fields.IntField(default=0)
    last_at = fields.DatetimeField(null=True)

    class Meta:
        """Its table."""

        table = "survey_sample"
        unique_together = (("campaign", "kind", "respondent"),)


class SurveyAnswer(Model):
    """What a respondent answered - never changed, `rating` 1 to 5, `comment` is sealed, `service` what it was about."""

    id = fields.UUIDField(primary_key=True)
    sample: fields.OneToOneRelation[SurveySample] = fields.OneToOneField("yizhan.SurveySample", related_name="answer")
    sample_id: object
    campaign: fields.ForeignKeyRelation[SurveyCampaign] = fields.ForeignKeyField(
        "yizhan.SurveyCampaign", related_name="answers", db_index=True
    )
    campaign_id: object
    rating = fields.IntField()
    comment = fields.TextField(null=True)
    channel = fields.CharField(max_length=12)
    service = fields.CharField(max_length=60, default="")
    by = fields.CharField(max_length=80)
    at = fields.DatetimeField(db_index=True)

    class Meta:
        """Its table."""

        table = "survey_answer"


class SurveyCorrection(Model):
    """A rating that was entered wrongly, and what it should have been, the newest one counts."""

    id = fields.UUIDField(primary_key=True)
    answer: fields.ForeignKeyRelation[SurveyAnswer] = fields.ForeignKeyField(
        "yizhan.SurveyAnswer", related_name="corrections", db_index=True
    )
    answer_id: object
    rating = fields.IntField()
    reason = fields.CharField(max_length=200)
    by = fields.CharField(max_length=80)
    at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "survey_correction"
