from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0011_thinned_ranges")]

    initial = False

    operations = [
        ops.CreateModel(
            name="AuditHead",
            fields=[
                ("id", fields.IntField(generated=False, primary_key=True, unique=True, db_index=True)),
                ("number", fields.BigIntField()),
                ("hash", fields.CharField(max_length=64)),
                ("anchor_number", fields.BigIntField()),
                ("anchor_hash", fields.CharField(max_length=64)),
                ("mac", fields.CharField(max_length=64)),
            ],
            options={
                "table": "audit_head",
                "app": "yizhan",
                "pk_attr": "id",
                "table_description": "The newest row and the last one that was forgotten (`anchor_…`), under a MAC whose key is not in the database.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AuditRow",
            fields=[
                ("number", fields.BigIntField(generated=False, primary_key=True, unique=True, db_index=True)),
                ("at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ("actor", fields.CharField(db_index=True, max_length=80)),
                ("action", fields.CharField(db_index=True, max_length=64)),
                ("subject", fields.CharField(db_index=True, max_length=160)),
                ("result", fields.CharField(max_length=8)),
                ("reason", fields.CharField(max_length=500)),
                ("details", fields.TextField(unique=False)),
                ("request", fields.CharField(max_length=64)),
                ("address", fields.CharField(max_length=64)),
                ("hash", fields.CharField(max_length=64)),
            ],
            options={
                "table": "audit_row",
                "app": "yizhan",
                "pk_attr": "number",
                "table_description": "Who did what to which thing, with which result - `hash` covers the row and the hash of the one before.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="DataKey",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("purpose", fields.CharField(max_length=8)),
                ("state", fields.CharField(max_length=12)),
                ("wrapped", fields.CharField(max_length=160)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("current_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("retired_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "data_key",
                "app": "yizhan",
                "pk_attr": "id",
                "table_description": "A key that seals fields or blinds look-ups - `wrapped` is empty once it was erased.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="KeyWalk",
            fields=[
                ("name", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ("key", fields.IntField()),
                ("position", fields.CharField(default="", max_length=64)),
            ],
            options={
                "table": "key_walk",
                "app": "yizhan",
                "pk_attr": "name",
                "table_description": "How far one column has come in being sealed with the key `key`: rows up to `position` are done.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Firm",
            name="contact_phone_sealed",
            field=fields.CharField(null=True, max_length=255),
        ),
        ops.AddField(
            model_name="Post",
            name="contact_phone_sealed",
            field=fields.CharField(null=True, max_length=255),
        ),
    ]
