from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0030_power_change")]

    initial = False

    operations = [
        ops.AddIndex(
            model_name="Post",
            index=Index(fields=["state", "published_at"]),
        ),
    ]
