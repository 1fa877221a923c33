from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0017_legal_notices")]

    initial = False

    operations = [
        ops.AddField(model_name="AnsweredWrite", name="headers", field=fields.TextField(default="{}", db_default="{}")),
    ]
