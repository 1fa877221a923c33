"""Tables of the console itself."""

from tortoise import fields

from cloud.platform.orm import Model


class ReadMark(Model):
    """Up to when an account has read its notices."""

    account = fields.CharField(max_length=80, primary_key=True)
    read_to = fields.DatetimeField()

    class Meta:
        """Its table."""

        table = "read_mark"
