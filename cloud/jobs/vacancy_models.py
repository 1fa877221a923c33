"""The table of posts that may be the vacancy of an earlier post."""

from tortoise import fields

from cloud.jobs.models import Post
from cloud.platform.orm import Model


class PostVacancy(Model):
    """What is known of a post that looks like an earlier one.

    Only what is `other` counts as a vacancy. `said` is asked (nobody has said yet), same or other; `by` who said so
    (`rule` for equal words), `at` when.
    """

    id = fields.BigIntField(primary_key=True)
    post: fields.OneToOneRelation[Post] = fields.OneToOneField("yizhan.Post", related_name="vacancy")
    post_id: object
    earlier = fields.UUIDField()
    likeness = fields.FloatField()
    said = fields.CharField(max_length=8)
    by = fields.CharField(max_length=80)
    note = fields.CharField(max_length=500, default="")
    at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "post_vacancy"
