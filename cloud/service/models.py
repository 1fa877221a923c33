"""Tables of the desk: tickets with their history, pauses of the clock, one-time notices that were given."""

from tortoise import fields

from cloud.platform.orm import Model


class Ticket(Model):
    """Something that a person or a firm wants from the market - `number` is said aloud, `receipt` proves who asked.

    Sealed are `name`, `phone`, `text`, `about_words`, `result` and `receipt`. `first_owner` is the first-asked person
    of the staff, who stays responsible whoever works on it as `owner`; `about_staff` is whom a complaint is about, and
    `restricted` keeps it among those who lead and inspect. The clock has `budget_minutes` working minutes from
    `opened_at` on; `due_at` is null while it stands. `told` is the newest step of escalation that was told.
    """

    id = fields.UUIDField(primary_key=True)
    number = fields.CharField(max_length=24, unique=True)
    receipt = fields.TextField()
    receipt_blind = fields.CharField(max_length=64, unique=True)
    kind = fields.CharField(max_length=24, db_index=True)
    matter = fields.CharField(max_length=32, default="")
    subject = fields.CharField(max_length=60)
    channel = fields.CharField(max_length=12)
    station = fields.CharField(max_length=32, default="")
    person = fields.UUIDField(null=True, db_index=True)
    firm = fields.UUIDField(null=True, db_index=True)
    name = fields.TextField(null=True)
    phone = fields.TextField(null=True)
    phone_blind = fields.CharField(max_length=64, null=True, db_index=True)
    text = fields.TextField(null=True)
    about = fields.CharField(max_length=12, default="")
    about_words = fields.TextField(null=True)
    about_staff = fields.CharField(max_length=80, null=True)
    restricted = fields.BooleanField(default=False)
    thread = fields.UUIDField(null=True)
    state = fields.CharField(max_length=12, db_index=True)
    first_owner = fields.CharField(max_length=80, null=True, db_index=True)
    owner = fields.CharField(max_length=80, null=True, db_index=True)
    opened_by = fields.CharField(max_length=80)
    opened_at = fields.DatetimeField(db_index=True)
    budget_minutes = fields.IntField()
    half_at = fields.DatetimeField(null=True)
    due_at = fields.DatetimeField(null=True, db_index=True)
    provisional = fields.BooleanField(default=False)
    told = fields.CharField(max_length=8, default="")
    result: str | None = fields.TextField(null=True)
    done_at = fields.DatetimeField(null=True)
    late = fields.BooleanField(null=True)
    closed_at = fields.DatetimeField(null=True, db_index=True)
    rating = fields.IntField(null=True)
    opinion = fields.CharField(max_length=8, default="")
    opinion_by = fields.CharField(max_length=80, default="")
    validity = fields.CharField(max_length=8, default="")
    finding = fields.CharField(max_length=16, default="")
    judged_by = fields.CharField(max_length=80, default="")
    judged_at = fields.DatetimeField(null=True)

    class Meta:
        """Its table."""

        table = "ticket"


class TicketStep(Model):
    """One line of a ticket's history, never changed - `note` is sealed, a hand-over goes from one owner to another."""

    id = fields.UUIDField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "yizhan.Ticket", related_name="steps", db_index=True
    )
    ticket_id: object
    act = fields.CharField(max_length=12)
    by = fields.CharField(max_length=80)
    from_owner = fields.CharField(max_length=80, null=True)
    to_owner = fields.CharField(max_length=80, null=True)
    note = fields.TextField(null=True)
    at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "ticket_step"


class TicketPause(Model):
    """A stretch in which a ticket's clock stood - it ends by itself at `until`, `ended_at` is null while it lasts."""

    id = fields.BigIntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "yizhan.Ticket", related_name="pauses", db_index=True
    )
    ticket_id: object
    reason = fields.CharField(max_length=24)
    by = fields.CharField(max_length=80)
    began_at = fields.DatetimeField()
    until = fields.DatetimeField(db_index=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        """Its table."""

        table = "ticket_pause"


class NoticeGiven(Model):
    """A one-time notice that a visitor was given: on `paper` or as a `page`, no visitor is named."""

    id = fields.BigIntField(primary_key=True)
    matter = fields.CharField(max_length=32, db_index=True)
    version = fields.CharField(max_length=16)
    ticket = fields.UUIDField(null=True)
    station = fields.CharField(max_length=32, default="")
    medium = fields.CharField(max_length=8)
    by = fields.CharField(max_length=80)
    at = fields.DatetimeField(db_index=True)

    class Meta:
        """Its table."""

        table = "notice_given"
