from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0012_vault")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Approval",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("kind", fields.CharField(max_length=32)),
                ("subject", fields.CharField(max_length=64)),
                ("title", fields.CharField(max_length=120)),
                ("payload", fields.TextField(unique=False)),
                ("reason", fields.CharField(max_length=500)),
                ("state", fields.CharField(max_length=12)),
                ("asked_by", fields.CharField(max_length=80)),
                ("asked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("decided_by", fields.CharField(default="", max_length=80)),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("note", fields.CharField(default="", max_length=500)),
            ],
            options={
                "table": "approval",
                "app": "yizhan",
                "indexes": [Index(fields=["state", "asked_at"])],
                "pk_attr": "id",
                "table_description": "Something that two people do together - one asked, another one decides, `payload` is JSON of the kind.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RecoveryCode",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "yizhan.StaffAccount",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("code_hash", fields.CharField(max_length=64)),
                ("used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "recovery_code",
                "app": "yizhan",
                "unique_together": (("account", "code_hash"),),
                "pk_attr": "id",
                "table_description": "A code that replaces the second factor once - `code_hash` is keyed with the core's secret.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Tries",
            fields=[
                ("key", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=80)),
                ("failed", fields.IntField()),
                ("locked_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("last_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "login_tries",
                "app": "yizhan",
                "pk_attr": "key",
                "table_description": "How often somebody failed to prove who he is - `key` is a kind and a hash: of a name, an address, an account.",
            },
            bases=["Model"],
        ),
        ops.AlterModelOptions(
            name="ApiToken",
            options={
                "table": "api_token",
                "app": "yizhan",
                "pk_attr": "id",
                "table_description": "A program's token - `id` is the SHA-256 of the token, its beginning names the token.",
            },
        ),
        ops.AddField(
            model_name="ApiToken",
            name="created_by",
            field=fields.CharField(default="", db_default="", max_length=80),
        ),
        ops.AddField(
            model_name="ApiToken",
            name="last_used",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="ApiToken",
            name="name",
            field=fields.CharField(default="", db_default="", max_length=64),
        ),
        ops.AddField(
            model_name="ApiToken",
            name="permissions",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="ApiToken",
            name="revoked_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="ApiToken",
            name="stations",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AlterModelOptions(
            name="StaffAccount",
            options={
                "table": "staff_account",
                "app": "yizhan",
                "pk_attr": "id",
                "table_description": "A person of the staff - `totp_secret` is sealed, `totp_waiting` is one that no code has proved yet.",
            },
        ),
        ops.AddField(
            model_name="StaffAccount",
            name="last_login",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="StaffAccount",
            name="must_change",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="StaffAccount",
            name="password_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="StaffAccount",
            name="stations",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="StaffAccount",
            name="totp_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="StaffAccount",
            name="totp_secret",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="StaffAccount",
            name="totp_step",
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="StaffAccount",
            name="totp_waiting",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AlterModelOptions(
            name="StaffSession",
            options={
                "table": "staff_session",
                "app": "yizhan",
                "pk_attr": "id",
                "table_description": "One login in one browser - `id` is the SHA-256 of the cookie; `half` still waits for the second factor.",
            },
        ),
        ops.AddField(
            model_name="StaffSession",
            name="address",
            field=fields.CharField(default="", db_default="", max_length=45),
        ),
        ops.AddField(
            model_name="StaffSession",
            name="agent",
            field=fields.CharField(default="", db_default="", max_length=200),
        ),
        ops.AddField(
            model_name="StaffSession",
            name="half",
            field=fields.BooleanField(default=False, db_default=False),
        ),
    ]
