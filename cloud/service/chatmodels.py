"""Tables of the online service: threads and hotline calls, and what was said."""

from tortoise import fields

from cloud.platform.orm import Model


class Thread(Model):
    """A conversation, or a call of the hotline - `phone` (sealed) is the caller's number.

    `ask_due_at` is when the newest unanswered question should have its answer, null when nothing waits; `told` says
    that its lateness was told. `seen_at` is up to when the visitor has read.
    """

    id = fields.UUIDField(primary_key=True)
    channel = fields.CharField(max_length=12)
    kind = fields.CharField(max_length=24)
    matter = fields.CharField(max_length=32, default="")
    station = fields.CharField(max_length=32, default="")
    person = fields.UUIDField(null=True, db_index=True)
    firm = fields.UUIDField(null=True, db_index=True)
    phone = fields.TextField(null=True)
    phone_blind = fields.CharField(max_length=64, null=True, db_index=True)
    state = fields.CharField(max_length=12, db_index=True)
    owner = fields.CharField(max_length=80, null=True, db_index=True)
    first_owner = fields.CharField(max_length=80, null=True)
    opened_at = fields.DatetimeField(db_index=True)
    first_due_at = fields.DatetimeField()
    first_answered_at = fields.DatetimeField(null=True)
    ask_due_at = fields.DatetimeField(null=True, db_index=True)
    told = fields.BooleanField(default=False)
    seen_at = fields.DatetimeField(null=True)
    last_at = fields.DatetimeField(db_index=True)
    closed_at = fields.DatetimeField(null=True, db_index=True)
    ticket = fields.UUIDField(null=True)
    rating = fields.IntField(null=True)

    class Meta:
        """Its table."""

        table = "thread"


class ThreadMessage(Model):
    """One thing said in a thread - `text` is sealed, `side` is `visitor`, `staff` or `system`.

    `system` are hand-overs and the like: then `text` is empty, `act` says what and `to_owner` to whom.
    """

    id = fields.UUIDField(primary_key=True)
    thread: fields.ForeignKeyRelation[Thread] = fields.ForeignKeyField(
        "yizhan.Thread", related_name="messages", db_index=True
    )
    thread_id: object
    side = fields.CharField(max_length=8)
    by = fields.CharField(max_length=80)
    act = fields.CharField(max_length=12, default="said")
    to_owner = fields.CharField(max_length=80, null=True)
    text = fields.TextField(null=True)
    policy = fields.CharField(max_length=40, default="")
    at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "thread_message"
