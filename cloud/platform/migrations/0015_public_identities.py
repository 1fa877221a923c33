from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("yizhan", "0014_scheduler")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Erasure",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("subject", fields.UUIDField(unique=True)),
                ("channel", fields.CharField(max_length=12)),
                ("assurance", fields.CharField(max_length=12)),
                ("removed", fields.TextField(unique=False)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "erasure",
                "app": "yizhan",
                "pk_attr": "id",
                "table_description": "Somebody was erased - `subject` is the id that he had, `removed` (JSON) how many rows of which table went.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ErasureReceipt",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "erasure",
                    fields.ForeignKeyField(
                        "yizhan.Erasure",
                        source_field="erasure_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="receipts",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("follower", fields.CharField(max_length=48)),
                ("at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("note", fields.CharField(default="", max_length=120)),
            ],
            options={
                "table": "erasure_receipt",
                "app": "yizhan",
                "unique_together": (("erasure", "follower"),),
                "pk_attr": "id",
                "table_description": "What a follower of an erasure answered - `at` is null while it has not.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="FirmMember",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("firm", fields.UUIDField(db_index=True)),
                ("role", fields.CharField(max_length=12)),
                ("name", fields.TextField(unique=False)),
                ("phone", fields.TextField(unique=False)),
                ("phone_blind", fields.CharField(db_index=True, max_length=64)),
                ("added_by", fields.CharField(max_length=80)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("last_login", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "firm_member",
                "app": "yizhan",
                "unique_together": (("firm", "phone_blind"),),
                "pk_attr": "id",
                "table_description": "Somebody who acts for a firm - name and phone are sealed, `firm` is the firm's id in the package jobs.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="KioskToken",
            fields=[
                ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ("station", fields.CharField(max_length=32)),
                ("slot", fields.CharField(max_length=32)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "kiosk_token",
                "app": "yizhan",
                "unique_together": (("station", "slot"),),
                "pk_attr": "id",
                "table_description": "The secret of one kiosk, bound to its slot - `id` is the SHA-256 of the token, a new one replaces the old one.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LinkedIdentity",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("provider", fields.CharField(max_length=16)),
                ("name", fields.TextField(unique=False)),
                ("name_blind", fields.CharField(unique=True, max_length=64)),
                ("person", fields.UUIDField(db_index=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "linked_identity",
                "app": "yizhan",
                "pk_attr": "id",
                "table_description": "A user of another platform that a person linked - `name` is his id there, sealed.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="OneTimeCode",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("purpose", fields.CharField(max_length=16)),
                ("phone", fields.TextField(unique=False)),
                ("phone_blind", fields.CharField(db_index=True, max_length=64)),
                ("source", fields.CharField(db_index=True, max_length=64)),
                ("digest", fields.CharField(max_length=64)),
                ("tries", fields.IntField(default=0)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "one_time_code",
                "app": "yizhan",
                "pk_attr": "id",
                "table_description": "A code sent to a phone - `phone` is sealed, `source` is the blind index of the IP address or kiosk that asked.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Person",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("name", fields.TextField(null=True, unique=False)),
                ("name_blind", fields.CharField(null=True, db_index=True, max_length=64)),
                ("id_number", fields.TextField(null=True, unique=False)),
                ("id_blind", fields.CharField(null=True, unique=True, max_length=64)),
                ("phone", fields.TextField(null=True, unique=False)),
                ("phone_blind", fields.CharField(null=True, unique=True, max_length=64)),
                ("address", fields.TextField(null=True, unique=False)),
                ("sex", fields.CharField(null=True, max_length=6)),
                ("birth", fields.DateField(null=True)),
                ("proof", fields.CharField(default="none", max_length=10)),
                ("proved_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("channel", fields.CharField(max_length=12)),
                ("station", fields.CharField(default="", max_length=32)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "person",
                "app": "yizhan",
                "pk_attr": "id",
                "table_description": "A jobseeker - name, ID number, phone, address are sealed, the `_blind` columns find them. One ID, one row.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Consent",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "person",
                    fields.ForeignKeyField(
                        "yizhan.Person",
                        source_field="person_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="consents",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("purpose", fields.CharField(max_length=16)),
                ("version", fields.CharField(max_length=16)),
                ("text_sha256", fields.CharField(max_length=64)),
                ("channel", fields.CharField(max_length=12)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("withdrawn_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "consent",
                "app": "yizhan",
                "pk_attr": "id",
                "table_description": "A yes to one text - `text_sha256` is the hash of what was shown, a withdrawal ends the row, it never goes.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PublicSession",
            fields=[
                ("id", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ("kind", fields.CharField(max_length=8)),
                ("subject", fields.UUIDField(db_index=True)),
                ("firm", fields.UUIDField(null=True)),
                ("role", fields.CharField(default="", max_length=12)),
                ("csrf", fields.CharField(max_length=64)),
                ("phone_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("card_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("face_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("carded", fields.BooleanField(default=False)),
                ("station", fields.CharField(default="", max_length=32)),
                ("slot", fields.CharField(default="", max_length=32)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("last_used", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "public_session",
                "app": "yizhan",
                "pk_attr": "id",
                "table_description": "A jobseeker's or a firm user's login - `id` is the SHA-256 of its secret, `subject` the person or firm member.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RealNameCheck",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "person",
                    fields.ForeignKeyField(
                        "yizhan.Person",
                        source_field="person_id",
                        db_index=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="checks",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("provider", fields.CharField(max_length=32)),
                ("result", fields.CharField(max_length=12)),
                ("reference", fields.CharField(default="", max_length=64)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "real_name_check",
                "app": "yizhan",
                "pk_attr": "id",
                "table_description": "One question to a service that knows names - `reference` is its own number of the answer.",
            },
            bases=["Model"],
        ),
    ]
