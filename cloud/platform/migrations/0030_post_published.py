from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0029_equipment")]

    initial = False

    operations = [
        ops.AddIndex(
            model_name="Post",
            index=Index(fields=["state", "published_at"]),
        ),
    ]
