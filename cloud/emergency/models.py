"""Tables of emergency notices: what was raised, where it is in force, what each screen said, what was signed."""

from tortoise import fields

from cloud.platform.orm import Model


class EmergencyNotice(Model):
    """One notice. `origin` is `cloud`, or the station whose people raised it. It ends for all at `ended_at`."""

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=16)
    title = fields.CharField(max_length=20)
    text = fields.CharField(max_length=120)
    drill = fields.BooleanField()
    sound = fields.BooleanField(default=False)
    origin = fields.CharField(max_length=32)
    by = fields.CharField(max_length=80)
    raised_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True, db_index=True)
    end_reason = fields.CharField(max_length=12, default="")
    ended_by = fields.CharField(max_length=80, default="")

    class Meta:
        """Its table."""

        table = "emergency_notice"


class EmergencyPlace(Model):
    """One station that a notice is for: when its agent said that it has it, and when and why it was over there."""

    id = fields.BigIntField(primary_key=True)
    notice: fields.ForeignKeyRelation[EmergencyNotice] = fields.ForeignKeyField(
        "yizhan.EmergencyNotice", related_name="places"
    )
    notice_id: object
    station = fields.CharField(max_length=32, db_index=True)
    taken_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    end_reason = fields.CharField(max_length=12, default="")
    ended_by = fields.CharField(max_length=80, default="")

    class Meta:
        """Its table."""

        table = "emergency_place"
        unique_together = (("notice", "station"),)


class EmergencyScreen(Model):
    """One screen of a place: its own word that it shows the notice (`shown_at` its clock, `heard_at` ours)."""

    id = fields.BigIntField(primary_key=True)
    place: fields.ForeignKeyRelation[EmergencyPlace] = fields.ForeignKeyField(
        "yizhan.EmergencyPlace", related_name="screens"
    )
    place_id: int
    slot = fields.CharField(max_length=32)
    shown_at = fields.DatetimeField(null=True)
    heard_at = fields.DatetimeField(null=True)
    content = fields.CharField(max_length=64, default="")
    via = fields.CharField(max_length=8, default="")
    width = fields.IntField(default=0)
    height = fields.IntField(default=0)
    trouble = fields.CharField(max_length=200, default="")

    class Meta:
        """Its table."""

        table = "emergency_screen"
        unique_together = (("place", "slot"),)


class EmergencyBoard(Model):
    """The newest signed manifest of a station. `digest` is that of what it says."""

    station = fields.CharField(max_length=32, primary_key=True)
    rev = fields.BigIntField(default=0)
    digest = fields.CharField(max_length=64, default="")
    issued_at = fields.DatetimeField(null=True)
    envelope = fields.TextField(default="")

    class Meta:
        """Its table."""

        table = "emergency_board"
