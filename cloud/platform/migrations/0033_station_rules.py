from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0032_faces")]

    initial = False

    operations = [
        ops.AlterModelOptions(
            name="Station",
            options={
                "table": "station",
                "app": "yizhan",
                "pk_attr": "id",
                "table_description": "One station of the tree - `position` is its place in the site file, `rules` its local rules there (JSON).",
            },
        ),
        ops.AddField(
            model_name="Station",
            name="rules",
            field=fields.TextField(db_default="{}", unique=False),
        ),
    ]
