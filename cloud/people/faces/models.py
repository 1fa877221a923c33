"""Tables of faces: who is enrolled where, what must be deleted where, what was compared. No template, no picture."""

from tortoise import fields

from cloud.platform.orm import Model


class FaceEnrolment(Model):
    """A template on one station's disk - `state` is `enrolled`, or `ended` when its tombstone is out.

    `consent` is the row of `consent` that allows it. Of a person there is one row per station and slot.
    """

    id = fields.BigIntField(primary_key=True)
    person = fields.UUIDField(db_index=True)
    station = fields.CharField(max_length=32, db_index=True)
    slot = fields.CharField(max_length=32)
    page = fields.CharField(max_length=32, default="")
    model = fields.CharField(max_length=100)
    frames = fields.IntField()
    consent = fields.BigIntField()
    enrolled_at = fields.DatetimeField()
    seen_at = fields.DatetimeField()
    state = fields.CharField(max_length=10, default="enrolled")

    class Meta:
        """Its table."""

        table = "face_enrolment"
        unique_together = (("person", "station", "slot"),)


class FaceTombstone(Model):
    """Who must go from a station, and its receipt - `rev` is the first revision that says so, 0 while none does.

    `held`: a template of his is known to lie there, so that the station must name him in its receipt.
    `lifted_at`: he agreed again after it was answered, so that it is sent no longer.
    """

    id = fields.BigIntField(primary_key=True)
    person = fields.UUIDField(db_index=True)
    station = fields.CharField(max_length=32, db_index=True)
    why = fields.CharField(max_length=12)
    held = fields.BooleanField()
    at = fields.DatetimeField()
    rev = fields.BigIntField(default=0)
    applied_rev = fields.BigIntField(default=0)
    applied_at = fields.DatetimeField(null=True)
    erased_at = fields.DatetimeField(null=True)
    answered_at = fields.DatetimeField(null=True, db_index=True)
    receipt = fields.CharField(max_length=80, default="")
    lifted_at = fields.DatetimeField(null=True)

    class Meta:
        """Its table."""

        table = "face_tombstone"
        indexes = (("station", "answered_at"),)


class FaceGallery(Model):
    """The newest list of a station as it was published - `people` are the ids in it (JSON), `digest` of what it says.

    `applied_rev` is the newest revision that the station says it follows, with how many it holds and misses.
    """

    station = fields.CharField(max_length=32, primary_key=True)
    rev = fields.BigIntField(default=0)
    digest = fields.CharField(max_length=64, default="")
    document = fields.TextField(default="")
    people = fields.TextField(default="[]")
    at = fields.DatetimeField(null=True)
    applied_rev = fields.BigIntField(default=0)
    applied_at = fields.DatetimeField(null=True)
    count = fields.IntField(default=0)
    missing = fields.IntField(default=0)

    class Meta:
        """Its table."""

        table = "face_gallery"


class FaceLook(Model):
    """One comparison at a station: whom it proposed or confirmed, how near, how far from the second. No biometrics.

    `booked` is whose it counts as, null for nobody's; a correction moves or cancels that and never changes `person`.
    """

    id = fields.BigIntField(primary_key=True)
    station = fields.CharField(max_length=32)
    slot = fields.CharField(max_length=32)
    page = fields.CharField(max_length=32, default="")
    look = fields.CharField(max_length=64)
    at = fields.DatetimeField(db_index=True)
    heard_at = fields.DatetimeField()
    mode = fields.CharField(max_length=8)
    outcome = fields.CharField(max_length=10)
    person = fields.UUIDField(null=True, db_index=True)
    booked = fields.UUIDField(null=True, db_index=True)
    staff = fields.CharField(max_length=64, default="")
    score = fields.FloatField(null=True)
    second = fields.FloatField(null=True)
    threshold = fields.FloatField(null=True)
    gallery = fields.IntField(default=0)
    model = fields.CharField(max_length=100, default="")
    live = fields.CharField(max_length=12, default="")
    second_factor = fields.CharField(max_length=12, default="")
    corrected_at = fields.DatetimeField(null=True)
    corrected_by = fields.CharField(max_length=80, default="")
    correction = fields.CharField(max_length=200, default="")

    class Meta:
        """Its table."""

        table = "face_look"
        unique_together = (("station", "look"),)


class FaceSignIn(Model):
    """One wish of a kiosk to open a session by face, and what became of it - `look` is empty before its event came."""

    id = fields.BigIntField(primary_key=True)
    station = fields.CharField(max_length=32)
    slot = fields.CharField(max_length=32)
    person = fields.UUIDField(db_index=True)
    at = fields.DatetimeField(db_index=True)
    result = fields.CharField(max_length=16)
    look = fields.CharField(max_length=64, default="")

    class Meta:
        """Its table."""

        table = "face_sign_in"
        indexes = (("station", "slot", "at"),)


class FaceStaff(Model):
    """A member of the staff whose presence is taken by face: his account's name, and the person he is enrolled as."""

    id = fields.BigIntField(primary_key=True)
    account = fields.CharField(max_length=64, unique=True)
    person = fields.UUIDField(unique=True)
    linked_at = fields.DatetimeField()
    linked_by = fields.CharField(max_length=80)

    class Meta:
        """Its table."""

        table = "face_staff"


class FaceMark(Model):
    """A count of people that was reached, and the day by which the law wants it filed (null: a warning)."""

    id = fields.BigIntField(primary_key=True)
    threshold = fields.IntField(unique=True)
    count = fields.IntField()
    reached_at = fields.DatetimeField()
    due_on = fields.DateField(null=True)

    class Meta:
        """Its table."""

        table = "face_mark"
