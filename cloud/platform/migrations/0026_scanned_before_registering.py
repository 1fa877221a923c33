from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0025_people_market")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Profile",
            name="scanned",
            field=fields.CharField(default="", db_default="", max_length=64),
        ),
    ]
