"""Tables of 取号叫号. Nobody is named: a number belongs to whoever holds it. Letters and numbers are as issued."""

from tortoise import fields

from cloud.platform.orm import Model


class QueueBook(Model):
    """One station's queue. Whoever calls locks its row. `rev`, `manifest` and `envelope` are its newest board.

    `hall` is the greatest number of a move of the hall that was taken. `pin_hash` opens its counter page.
    """

    station = fields.CharField(max_length=32, primary_key=True)
    rev = fields.BigIntField(default=0)
    hall = fields.BigIntField(default=0)
    digest = fields.CharField(max_length=64, default="")
    issued_at = fields.DatetimeField(null=True)
    manifest = fields.TextField(default="")
    envelope = fields.TextField(default="")
    pin_salt = fields.CharField(max_length=64, default="")
    pin_hash = fields.CharField(max_length=88, default="")

    class Meta:
        """Its table."""

        table = "queue_book"


class QueueService(Model):
    """One thing that people come for. Who serves it must have all its `skills` (JSON). Times are the market's.

    `serve_s` is how long one person takes, `measured_s` what the last weeks say.
    """

    id = fields.UUIDField(primary_key=True)
    station = fields.CharField(max_length=32)
    letter = fields.CharField(max_length=1)
    name = fields.CharField(max_length=40)
    skills = fields.TextField(default="[]")
    opens = fields.CharField(max_length=5, default="09:00")
    closes = fields.CharField(max_length=5, default="17:00")
    serve_s = fields.IntField(default=300)
    measured_s = fields.IntField(null=True)
    open = fields.BooleanField(default=True)

    class Meta:
        """Its table."""

        table = "queue_service"
        unique_together = (("station", "letter"),)


class QueueCounter(Model):
    """One counter. `seat` is who of the staff sits there since `seated_at`, as histories name him."""

    id = fields.UUIDField(primary_key=True)
    station = fields.CharField(max_length=32)
    number = fields.IntField()
    name = fields.CharField(max_length=40)
    skills = fields.TextField(default="[]")
    active = fields.BooleanField(default=True)
    seat = fields.CharField(max_length=80, default="")
    seated_at = fields.DatetimeField(null=True)

    class Meta:
        """Its table."""

        table = "queue_counter"
        unique_together = (("station", "number"),)


class QueueTicket(Model):
    """One number of one day. Its state is the fold of its moves (protocols/rules/queueing.py).

    The id is that of the wish at the kiosk. `service` is the letter of where it waits now, `letter` where it began.
    """

    id = fields.UUIDField(primary_key=True)
    station = fields.CharField(max_length=32)
    day = fields.DateField()
    letter = fields.CharField(max_length=1)
    number = fields.IntField()
    service = fields.CharField(max_length=1)
    priority = fields.CharField(max_length=24, default="")
    slot = fields.CharField(max_length=32)
    issued_at = fields.DatetimeField()
    heard_at = fields.DatetimeField()
    state = fields.CharField(max_length=8)
    counter = fields.IntField(null=True)
    back_at = fields.IntField(default=0)
    skips = fields.IntField(default=0)
    called_at = fields.DatetimeField(null=True)
    last_called_at = fields.DatetimeField(null=True)
    served_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        """Its table."""

        table = "queue_ticket"
        indexes = (("station", "day", "state"), ("day", "state"))


class QueueMove(Model):
    """One act on a number, by the console, the hall (`n` counts its moves) or the core.

    A console's has the board's revision it was made on, a hall's the revision it went on from (`base`). `taken` is
    false for what the table refused or what never reached the hall: it is kept and means nothing. `service` is where
    the number waited.
    """

    id = fields.UUIDField(primary_key=True)
    station = fields.CharField(max_length=32)
    day = fields.DateField()
    ticket = fields.UUIDField(db_index=True)
    act = fields.CharField(max_length=8)
    at = fields.DatetimeField()
    counter = fields.IntField(null=True)
    service = fields.CharField(max_length=1, default="")
    to = fields.CharField(max_length=1, default="")
    back_at = fields.IntField(default=0)
    by = fields.CharField(max_length=80)
    source = fields.CharField(max_length=8)
    rev = fields.BigIntField(default=0)
    n = fields.BigIntField(default=0)
    taken = fields.BooleanField(default=True)

    class Meta:
        """Its table."""

        table = "queue_move"
        indexes = (("station", "day", "act"),)
