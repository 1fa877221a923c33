from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0023_desk")]

    initial = False

    operations = [
        ops.CreateModel(
            name="PostVacancy",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "post",
                    fields.OneToOneField(
                        "yizhan.Post",
                        source_field="post_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="vacancy",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("earlier", fields.UUIDField()),
                ("likeness", fields.FloatField()),
                ("said", fields.CharField(max_length=8)),
                ("by", fields.CharField(max_length=80)),
                ("note", fields.CharField(default="", max_length=500)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "post_vacancy",
                "app": "yizhan",
                "pk_attr": "id",
                "table_description": "What is known of a post that looks like an earlier one.",
            },
            bases=["Model"],
        ),
    ]
