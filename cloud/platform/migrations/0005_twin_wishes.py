from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0004_commands")]

    initial = False

    operations = [
        ops.AlterModelOptions(
            name="Twin",
            options={
                "table": "twin",
                "app": "yizhan",
                "pk_attr": "station",
                "table_description": "Desired slots (JSON) with their revision, and the reported document as it came.",
            },
        ),
        ops.AddField(
            model_name="Twin",
            name="wished_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]
