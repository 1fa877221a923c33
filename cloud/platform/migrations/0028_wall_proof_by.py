from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0027_emergency")]

    initial = False

    operations = [
        ops.AlterModelOptions(
            name="WallProof",
            options={
                "table": "wall_proof",
                "app": "yizhan",
                "unique_together": (("station", "slot"),),
                "pk_attr": "id",
                "table_description": "The highest proof of what a wall shows: `content` is a manifest's hash, `level` how sure that is, `by` whom.",
            },
        ),
        ops.AddField(
            model_name="WallProof",
            name="by",
            field=fields.CharField(default="", db_default="", max_length=16),
        ),
    ]
