"""Tables of firms, posts and what the walls show of them."""

from tortoise import fields

from cloud.platform.orm import Model


class Firm(Model):
    """An employer, only a verified one publishes. `uscc` is the 18-character code of GB 32100.

    `standing` is what its verification has come to (cloud/employers/states.py) and `check_due` the last day on which
    that holds: this package only asks whether the firm may publish.
    Here and in a post `contact_phone` is the mask of what is sealed beside it.
    """

    id = fields.UUIDField(primary_key=True)
    uscc = fields.CharField(max_length=18, unique=True)
    name = fields.CharField(max_length=100)
    contact_name = fields.CharField(max_length=50)
    contact_phone = fields.CharField(max_length=32)
    contact_phone_sealed = fields.CharField(max_length=255, null=True)
    verified = fields.BooleanField(default=False)
    standing = fields.CharField(max_length=12, default="draft", db_default="draft")
    check_due = fields.DateField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "firm"


class Post(Model):
    """A job post, pay in fen per `pay_unit`, `skills` and `screening` are JSON.

    `term_days` is how long the work lasts (null: open), `filled` how many of the `headcount` were found. A repost names
    its `source` and `source_url`. `confirmed_at` is when the firm last said that it still seeks, `asked_at` when it
    was asked since. `import_key` is what a row of a series import is known by.
    """

    id = fields.UUIDField(primary_key=True)
    firm: fields.ForeignKeyRelation[Firm] = fields.ForeignKeyField("yizhan.Firm", related_name="posts")
    firm_id: object
    title = fields.CharField(max_length=60)
    occupation = fields.CharField(max_length=16)
    headcount = fields.IntField()
    requirements = fields.TextField()
    skills = fields.TextField(default="[]")
    district = fields.CharField(max_length=40)
    address = fields.CharField(max_length=120)
    hours = fields.CharField(max_length=120)
    pay_min_fen = fields.BigIntField()
    pay_max_fen = fields.BigIntField()
    pay_unit = fields.CharField(max_length=8)
    pay_method = fields.CharField(max_length=60)
    form = fields.CharField(max_length=16)
    gig = fields.BooleanField()
    valid_from = fields.DateField()
    valid_to = fields.DateField()
    contact_name = fields.CharField(max_length=50)
    contact_phone = fields.CharField(max_length=32)
    contact_phone_sealed = fields.CharField(max_length=255, null=True)
    source = fields.CharField(max_length=200, null=True)
    source_url = fields.CharField(max_length=300, null=True)
    repost = fields.BooleanField(default=False, db_default=False)
    term_days = fields.IntField(null=True)
    filled = fields.IntField(default=0, db_default=0)
    confirmed_at = fields.DatetimeField(null=True)
    asked_at = fields.DatetimeField(null=True)
    import_key = fields.CharField(max_length=64, null=True, db_index=True)
    state = fields.CharField(max_length=12, db_index=True)
    screening = fields.TextField(null=True)
    created_at = fields.DatetimeField()
    published_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        """Its table."""

        table = "post"
        indexes = (("state", "published_at"),)


class PostChange(Model):
    """One line of a post's history."""

    id = fields.BigIntField(primary_key=True)
    post: fields.ForeignKeyRelation[Post] = fields.ForeignKeyField("yizhan.Post", related_name="changes")
    post_id: object
    state = fields.CharField(max_length=12)
    by = fields.CharField(max_length=80)
    note = fields.CharField(max_length=500, default="")
    at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "post_change"


class WallContent(Model):
    """The newest manifest of one channel: `digest` is that of its items, `envelope` is what was published."""

    id = fields.IntField(primary_key=True)
    station = fields.CharField(max_length=32)
    channel = fields.CharField(max_length=32)
    rev = fields.BigIntField()
    digest = fields.CharField(max_length=64)
    issued_at = fields.DatetimeField()
    manifest = fields.TextField()
    envelope = fields.TextField()

    class Meta:
        """Its table."""

        table = "wall_content"
        unique_together = (("station", "channel"),)


class WallProof(Model):
    """The highest proof of what a wall shows: `content` is a manifest's hash, `level` how sure that is, `by` whom."""

    id = fields.IntField(primary_key=True)
    station = fields.CharField(max_length=32)
    slot = fields.CharField(max_length=32)
    level = fields.CharField(max_length=16)
    by = fields.CharField(max_length=16, default="", db_default="")
    content = fields.CharField(max_length=64)
    rev = fields.BigIntField()
    at = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "wall_proof"
        unique_together = (("station", "slot"),)


class ScanCount(Model):
    """How often a QR of one source was opened on one day of the market, no word of who did it.

    `post` is null for the list of all posts.
    """

    id = fields.BigIntField(primary_key=True)
    day = fields.DateField()
    kind = fields.CharField(max_length=8)
    place = fields.CharField(max_length=40)
    post = fields.UUIDField(null=True, db_index=True)
    count = fields.IntField(default=0)

    class Meta:
        """Its table."""

        table = "scan_count"
        unique_together = (("day", "kind", "place", "post"),)


class PostImport(Model):
    """A spreadsheet of posts on its way in. `file` is sealed, `done` of `total` rows are looked at."""

    id = fields.UUIDField(primary_key=True)
    state = fields.CharField(max_length=12, db_index=True)
    name = fields.CharField(max_length=120)
    file = fields.TextField()
    sha256 = fields.CharField(max_length=64)
    mode = fields.CharField(max_length=4, default="")
    publish = fields.BooleanField(default=True)
    total = fields.IntField(default=0)
    done = fields.IntField(default=0)
    good = fields.IntField(default=0)
    bad = fields.IntField(default=0)
    known = fields.IntField(default=0)
    imported = fields.IntField(default=0)
    problem = fields.CharField(max_length=300, default="")
    by = fields.CharField(max_length=80)
    created_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        """Its table."""

        table = "post_import"


class PostImportRow(Model):
    """What became of one row of a spreadsheet, `errors` is JSON: {column, code, text} each."""

    id = fields.BigIntField(primary_key=True)
    job: fields.ForeignKeyRelation[PostImport] = fields.ForeignKeyField("yizhan.PostImport", related_name="rows")
    job_id: object
    row = fields.IntField()
    state = fields.CharField(max_length=8)
    errors = fields.TextField(default="[]")
    post = fields.UUIDField(null=True)

    class Meta:
        """Its table."""

        table = "post_import_row"
        unique_together = (("job", "row"),)
